import type { ServiceCard } from '@seaworthy/policy';
import { loadServiceCards } from '@seaworthy/supply-chain/build';
import type Docker from 'dockerode';
import { whyPlatformOnly } from '../develop/services.ts';
import type { Engine } from '../host/engine/engine.ts';
import { listContainers } from '../host/platform-objects.ts';
import { UserError } from '../errors.ts';
import type { Instance } from '../instance.ts';

/** A running replica, as the engine describes it. It is only ever looked at. */
export interface Replica {
  readonly name: string;
  readonly card: ServiceCard;
  readonly details: Docker.ContainerInspectInfo;
}

/**
 * Finds a replica by its container's name, with or without the project before it: `catalog-1`.
 * @throws UserError NOT_RUNNING, or USAGE naming the replicas that run and whose copy can live
 */
export async function findReplica(
  docker: Docker,
  engine: Engine,
  { project, root }: Pick<Instance, 'project' | 'root'>,
  wanted: string,
): Promise<Replica> {
  const cards = new Map((await loadServiceCards(root)).map((card) => [card.name, card]));
  const running = (await listContainers(engine, project))
    .filter(({ service, state }) => service !== undefined && state === 'running')
    .map(({ id, name, service = '' }) => ({ id, name: name.replace(`${project}-`, ''), card: cards.get(service) }));
  const found = running.find(({ name }) => name === wanted || `${project}-${name}` === wanted);
  const obstacle = found && whyNoCopy(found.card);
  if (found?.card && obstacle === undefined) {
    const details = await inspected(docker, found.id);
    if (details) return { name: found.name, card: found.card, details };
  }
  const able = running.filter(({ id, card }) => whyNoCopy(card) === undefined && id !== found?.id);
  if (able.length === 0 && !obstacle) {
    throw new UserError({ code: 'NOT_RUNNING', message: 'Nothing runs that could be copied', remedy: 'npm start' });
  }
  throw new UserError({
    code: 'USAGE',
    message: obstacle ? `${wanted} cannot be copied: ${obstacle}` : `There is no replica ${wanted}`,
    expected: able
      .map(({ name }) => name)
      .toSorted()
      .join(', '),
    found: wanted,
    remedy: 'npm run status shows what runs',
  });
}

/** Stores and proxies have their own tools; what is attached here is Node's debugger. And a copy gets made-up secrets, with which it has to start. */
function whyNoCopy(card: ServiceCard | undefined): string | undefined {
  return card ? whyPlatformOnly(card) : 'it is no service of apps/';
}

/** Undefined when it is gone by now: the fleet takes replicas away at any time. */
async function inspected(docker: Docker, id: string): Promise<Docker.ContainerInspectInfo | undefined> {
  try {
    return await docker.getContainer(id).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
