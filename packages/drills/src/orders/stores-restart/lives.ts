import { fleetEvents, nameOf } from '../../fleet/fleet-events.ts';
import { replicasOf, SCALED } from '../../fleet/replicas.ts';
import type { DrillPlatform } from '../../platform.ts';

/** A replica, from a start to its end: who is replaced, or started anew, begins another. */
export interface Life {
  readonly service: string;
  /** as the fleet calls it */
  readonly replica: string;
  readonly id: string;
  readonly startedAt: string;
}

/** Those of all services that the fleet keeps. */
export async function lives(platform: DrillPlatform): Promise<Life[]> {
  const replicas = await Promise.all(
    SCALED.map(async (service) =>
      (await replicasOf(platform, service)).map((found) => ({ service, id: found.Id, replica: nameOf(found) })),
    ),
  );
  return Promise.all(
    replicas.flat().map(async (replica) => {
      const { State } = await platform.docker.getContainer(replica.id).inspect();
      return { ...replica, startedAt: State.StartedAt };
    }),
  );
}

/** Which of these lives have ended since then (milliseconds since the epoch), and how; but not those that were more than the load wanted. */
export async function endedSince(platform: DrillPlatform, before: readonly Life[], since: number): Promise<string[]> {
  const after = await lives(platform);
  const ended: string[] = [];
  for (const life of before) {
    const now = after.find(({ id }) => id === life.id);
    if (now?.startedAt === life.startedAt) continue;
    const how = now === undefined ? await removal(platform, life, since) : 'started anew';
    if (how !== 'SCALE_DOWN') ended.push(`${life.replica} ${how}`);
  }
  return ended;
}

/** Why the fleet removed it, in the fleet's own code. */
async function removal(platform: DrillPlatform, { service, replica }: Life, since: number): Promise<string> {
  const events = await fleetEvents(platform, service, since);
  return events.findLast((event) => event.kind === 'removed' && event.replica === replica)?.code ?? 'gone';
}
