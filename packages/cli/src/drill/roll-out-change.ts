import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderDesired } from '../deploy/fleet/render-desired.ts';
import { rollOut } from '../deploy/fleet/roll-out.ts';
import { Compose } from '../engine/compose.ts';
import { listContainers } from '../host/platform-objects.ts';
import type { RunningPlatform } from '../start/start-platform.ts';

export async function hasFleet({ host, instance }: RunningPlatform): Promise<boolean> {
  return (await listContainers(host.engine, instance.project)).some(({ service, state }) => service === 'fleet' && state === 'running');
}

/**
 * Deploys services with other variables, which makes other versions of them without another image. Where the fleet runs, it rolls them out;
 * where it does not, compose does what compose does.
 */
export async function rollOutChange(
  platform: RunningPlatform,
  changes: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  const { instance, host, access, state } = platform;
  const overlay = join(instance.stateDir, 'drill-change.yaml');
  const services = Object.fromEntries(Object.entries(changes).map(([name, environment]) => [name, { environment }]));
  writeFileSync(overlay, JSON.stringify({ services }), { mode: 0o600 });
  const compose = new Compose(instance, host, [overlay]);
  const names = Object.keys(changes);
  if (!(await hasFleet(platform))) {
    await compose.up(names, ['--no-deps']);
    return;
  }
  const desired = await renderDesired(host.docker, instance, compose, names);
  await rollOut(
    { docker: host.docker, instance, access, carrierImage: state.imageIds['node'] ?? '', onProgress: () => undefined },
    desired,
    'kept',
  );
}
