import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { SCALED } from '@seaworthy/drills';
import type Docker from 'dockerode';
import type { Instance } from '../instance.ts';
import type { Figure } from './figures.ts';

/** What a replica has right after its start says little: what the edge's checks leave behind grows for minutes. */
const IDLE_MS = 5 * 60_000;
const KIB = 1_024;
const MB = 1_000_000;

/** Resident memory of each replica, once it has been up for five minutes with nothing but the edge's checks and its queues' polling. */
export async function measureIdleMemory(docker: Docker, { project }: Instance): Promise<Figure[]> {
  return Promise.all(
    SCALED.map(async (service): Promise<Figure> => {
      const label = [`${OWNER_LABEL}=${project}`, `com.docker.compose.service=${service}`];
      const replicas = await docker.listContainers({ filters: { label } });
      const values = await Promise.all(replicas.map(async ({ Id }) => residentBytes(docker.getContainer(Id))));
      return { id: `memory-${service}`, title: `idle memory of one replica of ${service}`, unit: 'bytes', values, target: 100 * MB };
    }),
  );
}

async function residentBytes(container: Docker.Container): Promise<number> {
  const { State } = await container.inspect();
  await sleep(Math.max(0, Date.parse(State.StartedAt) + IDLE_MS - Date.now()));
  const { Processes } = (await container.top({ ps_args: '-o pid,rss' })) as { Processes: string[][] };
  return Math.max(...Processes.map((fields) => Number(fields.at(-1)) * KIB));
}
