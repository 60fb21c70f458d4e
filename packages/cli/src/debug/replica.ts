import type Docker from 'dockerode';
import type { Engine } from '../host/engine/engine.ts';
import { listContainers } from '../host/platform-objects.ts';
import { UserError } from '../errors.ts';

/** A running replica, as the engine describes it. It is only ever looked at. */
export interface Replica {
  readonly name: string;
  readonly service: string;
  readonly details: Docker.ContainerInspectInfo;
}

/**
 * Finds a replica by its container's name, with or without the project before it: `catalog-1`.
 * @throws UserError NOT_RUNNING, or USAGE naming the replicas that run
 */
export async function findReplica(docker: Docker, engine: Engine, project: string, wanted: string): Promise<Replica> {
  const containers = (await listContainers(engine, project)).filter(({ service, state }) => service !== undefined && state === 'running');
  const replicas: Replica[] = [];
  for (const { id, name, service = '' } of containers) {
    const details = await docker.getContainer(id).inspect();
    if (runsNode(details)) replicas.push({ name: name.replace(`${project}-`, ''), service, details });
  }
  const found = replicas.find(({ name, details }) => name === wanted || details.Name === `/${wanted}`);
  if (found) return found;
  if (replicas.length === 0) {
    throw new UserError({ code: 'NOT_RUNNING', message: 'Nothing runs that could be copied', remedy: 'npm start' });
  }
  throw new UserError({
    code: 'USAGE',
    message: `There is no replica ${wanted}`,
    expected: replicas
      .map(({ name }) => name)
      .toSorted()
      .join(', '),
    found: wanted,
    remedy: 'npm run status shows what runs',
  });
}

/** Stores and proxies have their own tools; what is attached here is Node's debugger. */
function runsNode({ Config }: Docker.ContainerInspectInfo): boolean {
  return [Config.Entrypoint ?? []].flat()[0] === '/usr/bin/node';
}
