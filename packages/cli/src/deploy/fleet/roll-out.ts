import { setTimeout as sleep } from 'node:timers/promises';
import type { Desired, DesiredService } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { fillVolume } from '../../engine/volumes.ts';
import { UserError } from '../../errors.ts';
import type { Instance } from '../../instance.ts';
import type { PlatformAccess } from '../../platform/access.ts';
import { readServices } from '../../platform/fleet.ts';
import type { FleetService } from '../../platform/fleet.ts';
import { keepRolledOut, readRolledOut } from './fleet-record.ts';

/** Longer than the fleet gives a revision to get ready, for each replica one after another. */
const PATIENCE_MS = 180_000;
const POLL_MS = 250;

export interface RollOut {
  readonly docker: Docker;
  readonly instance: Instance;
  readonly access: PlatformAccess;
  readonly carrierImage: string;
  readonly onProgress: (text: string) => void;
}

/**
 * Writes down what is wanted, where the fleet and the engine filter read it, and waits until the fleet says what came of it. What is rolled
 * back stays rolled back: the fleet is told that what ran before is wanted again.
 * @throws UserError when a service does not get ready
 */
export async function rollOut(context: RollOut, wanted: Record<string, Omit<DesiredService, 'previous'>>): Promise<void> {
  const { instance } = context;
  const before = readRolledOut(instance)?.services ?? {};
  await writeDesired(context, { project: instance.project, services: { ...before, ...withPrevious(wanted, before) } });
  const outcome = await awaitOutcome(context, wanted);
  const failed = outcome.filter(({ progress }) => progress.state !== 'rolled-out');
  const names = new Set(failed.map(({ service }) => service));
  const lasting = Object.fromEntries(
    Object.entries(wanted).map(([name, service]) => [name, names.has(name) ? (before[name] ?? service) : service]),
  );
  await settle(context, { ...before, ...lasting }, (name) => !names.has(name) || name in before);
  if (failed.length > 0) throw notReady(failed);
}

/** What came of it is what is wanted from now on, with nothing to go back to. */
async function settle(context: RollOut, lasting: Desired['services'], wasReady: (name: string) => boolean): Promise<void> {
  const services = Object.fromEntries(Object.entries(lasting).map(([name, { scale, current }]) => [name, { scale, current }]));
  const desired = { project: context.instance.project, services };
  await writeDesired(context, desired);
  keepRolledOut(context.instance, {
    ...desired,
    services: Object.fromEntries(Object.entries(services).filter(([name]) => wasReady(name))),
  });
}

function withPrevious(wanted: Record<string, Omit<DesiredService, 'previous'>>, before: Desired['services']): Desired['services'] {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, service]) => {
      const previous = before[name]?.current;
      return [name, previous === undefined || previous.id === service.current.id ? service : { ...service, previous }];
    }),
  );
}

async function writeDesired(
  { docker, instance, carrierImage }: Pick<RollOut, 'docker' | 'instance' | 'carrierImage'>,
  desired: Desired,
): Promise<void> {
  await fillVolume(docker, instance, carrierImage, 'fleet-desired', { 'desired.json': JSON.stringify(desired) });
}

async function awaitOutcome(
  { access, onProgress }: RollOut,
  wanted: Record<string, Pick<DesiredService, 'current'>>,
): Promise<FleetService[]> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const services = (await readServices(access)).filter(({ service, revision }) => wanted[service]?.current.id === revision);
    onProgress(services.map(({ service, serving, progress }) => `${service}: ${serving} serve, ${progress.state}`).join(' · '));
    const isDone = services.length === Object.keys(wanted).length && services.every(({ progress }) => progress.state !== 'rolling-out');
    if (isDone || Date.now() > until) return services;
    await sleep(POLL_MS);
  }
}

function notReady(failed: readonly FleetService[]): UserError {
  const names = failed.map(({ service }) => service).join(', ');
  return new UserError({
    code: 'FAILED',
    message: `The new replicas of ${names} do not get ready`,
    expected: 'replicas that the edge finds ready; what ran before still serves',
    found: failed
      .map(({ service, progress, holding }) => `${service} is ${progress.state}: ${progress.reason ?? holding ?? 'no reason given'}`)
      .join('; '),
    remedy: `npm run fleet events; read their logs (docker compose logs ${names}), mend the change, commit, and start again`,
  });
}
