import { OWNER_LABEL } from '@seaworthy/contracts';
import type { Facts } from '../drill.ts';
import { awaitCalm } from '../fleet/replicas.ts';
import { Traffic } from '../fleet/traffic.ts';
import type { DrillPlatform } from '../platform.ts';

/** What became of everybody else while code did its worst in one replica. */
export interface Bystanders<Result> {
  readonly result: Result;
  readonly facts: Facts;
  /** how they were harmed; undefined when nobody noticed */
  readonly harm: string | undefined;
}

/** Runs an attack while customers read through the edge, and looks whether any container of the platform died of it. */
export async function amongBystanders<Result>(platform: DrillPlatform, attack: () => Promise<Result>): Promise<Bystanders<Result>> {
  await awaitCalm(platform, 'catalog');
  const before = await lives(platform);
  const traffic = Traffic.reads(platform, { clients: 2, pause: 20 });
  const result = await attempted(attack, traffic);
  const after = new Set(await lives(platform));
  const died = before.filter((life) => !after.has(life)).length;
  const facts = { 'reads meanwhile': traffic.answers.length, 'reads that failed': traffic.losses, 'containers that died': died };
  const harm = traffic.lost.length > 0 || died > 0 ? `reads that failed: ${traffic.losses}; containers that died: ${died}` : undefined;
  return { result, facts, harm };
}

async function attempted<Result>(attack: () => Promise<Result>, traffic: Traffic): Promise<Result> {
  try {
    return await attack();
  } finally {
    await traffic.stop();
  }
}

/** Each running container and the moment of its last start: who dies has another one afterwards, or none. */
async function lives({ docker, project }: DrillPlatform): Promise<string[]> {
  const label = [`${OWNER_LABEL}=${project}`, 'com.docker.compose.service', 'com.docker.compose.oneoff=False'];
  const running = await docker.listContainers({ filters: { label } });
  return Promise.all(running.map(async ({ Id }) => `${Id} ${(await docker.getContainer(Id).inspect()).State.StartedAt}`));
}
