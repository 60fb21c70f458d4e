import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { DrillPlatform } from './platform.ts';

const GRACE_S = 5;

/** Stops the one container of a service as `docker stop` does, leaves it away for a while, and starts it again, also when the run is interrupted. Does not wait until it is ready. */
export async function restartContainer(platform: DrillPlatform, service: string, awayMs: number): Promise<void> {
  const label = [`${OWNER_LABEL}=${platform.project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False'];
  // also one that a killed run has left stopped
  const there = await platform.docker.listContainers({ all: true, filters: { label } });
  const found = there.find(({ State }) => State === 'running') ?? there[0];
  if (found === undefined) throw new Error(`expected a container of ${service}, found none`);
  const container = platform.docker.getContainer(found.Id);
  const start = await platform.undoable(
    async () => found.State !== 'exited' && container.stop({ t: GRACE_S }),
    async () => container.start(),
  );
  await sleep(awayMs);
  await start();
}
