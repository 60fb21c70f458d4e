import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { DrillPlatform } from '../platform.ts';

/** Addresses of the running replicas of orders, on the network where the edge reaches them. */
export async function replicaAddresses(platform: DrillPlatform): Promise<string[]> {
  const running = await replicas(platform, false);
  return running.flatMap(({ NetworkSettings }) => NetworkSettings.Networks[`${platform.project}_edge-orders`]?.IPAddress ?? []);
}

/** Each replica's container and the moment of its last start: who dies has another one afterwards, or none. */
export async function replicaLives(platform: DrillPlatform): Promise<string[]> {
  return Promise.all(
    (await replicas(platform, true)).map(async ({ Id }) => {
      const { State, RestartCount } = await platform.docker.getContainer(Id).inspect();
      return `${Id} ${State.StartedAt} ${State.Status} ${RestartCount}`;
    }),
  );
}

async function replicas({ docker, project }: DrillPlatform, all: boolean): Promise<Docker.ContainerInfo[]> {
  const label = [`${OWNER_LABEL}=${project}`, 'com.docker.compose.service=orders', 'com.docker.compose.oneoff=False'];
  return docker.listContainers({ all, filters: { label } });
}
