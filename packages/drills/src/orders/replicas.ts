import { replicasOf } from '../fleet/replicas.ts';
import type { DrillPlatform } from '../platform.ts';

/** Addresses of the running replicas of orders, on the network where the edge reaches them. */
export async function replicaAddresses(platform: DrillPlatform): Promise<string[]> {
  const running = (await replicasOf(platform, 'orders')).filter(({ State }) => State === 'running');
  return running.flatMap(({ NetworkSettings }) => NetworkSettings.Networks[`${platform.project}_edge-orders`]?.IPAddress ?? []);
}

/** Each replica's container and the moment of its last start: who dies has another one afterwards, or none. */
export async function replicaLives(platform: DrillPlatform): Promise<string[]> {
  return Promise.all(
    (await replicasOf(platform, 'orders')).map(async ({ Id }) => {
      const { State, RestartCount } = await platform.docker.getContainer(Id).inspect();
      return `${Id} ${State.StartedAt} ${State.Status} ${RestartCount}`;
    }),
  );
}
