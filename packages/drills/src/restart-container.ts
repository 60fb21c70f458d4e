import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { DrillPlatform } from './platform.ts';

const GRACE_S = 5;

/** Stops the one container of a service as `docker stop` does, leaves it away for a while, and starts it again. Does not wait until it is ready. */
export async function restartContainer(platform: DrillPlatform, service: string, awayMs: number): Promise<void> {
  const label = [`${OWNER_LABEL}=${platform.project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False'];
  const [found] = await platform.docker.listContainers({ filters: { label } });
  if (found === undefined) throw new Error(`expected a container of ${service}, found none`);
  const container = platform.docker.getContainer(found.Id);
  await container.stop({ t: GRACE_S });
  await sleep(awayMs);
  await container.start();
}
