import { OWNER_LABEL } from '@seaworthy/contracts';
import type { DrillPlatform } from '../platform.ts';

/** Addresses of the running replicas of orders, on the network where the edge reaches them. */
export async function replicaAddresses(platform: DrillPlatform): Promise<string[]> {
  const label = [`${OWNER_LABEL}=${platform.project}`, 'com.docker.compose.service=orders', 'com.docker.compose.oneoff=False'];
  const containers = await platform.docker.listContainers({ filters: { label } });
  return containers.flatMap(({ NetworkSettings }) => NetworkSettings.Networks[`${platform.project}_edge-orders`]?.IPAddress ?? []);
}
