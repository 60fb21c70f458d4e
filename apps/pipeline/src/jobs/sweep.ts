import type { EngineClient } from '../engine/engine.client.ts';
import { isOf, isOwn, isOwnName } from './labels.ts';

type Swept = Pick<EngineClient, 'listContainers' | 'listVolumes' | 'removeContainer' | 'removeVolume' | 'listNetworks' | 'removeNetwork'>;

/**
 * Removes every container, volume and network that the pipeline of this project ever made. Containers first: they hold the others. The filter
 * lists no others; that what is removed is ours is looked at here all the same, for a door that stands open must not cost anybody data.
 * @param kept the run, or set of packages, whose things stay
 * @throws what the first of them met that the engine kept, once all others are gone
 */
export async function sweep(engine: Swept, project: string, kept?: string): Promise<void> {
  const problems: unknown[] = [];
  const remove = async (removal: Promise<void>): Promise<unknown> => removal.catch((error: unknown) => problems.push(error));
  const goes = (labels: Readonly<Record<string, string>>): boolean => isOwn(labels, project) && !isOf(labels, kept);
  for (const { id, name, labels } of await engine.listContainers())
    if (goes(labels) && isOwnName(name, project)) await remove(engine.removeContainer(id));
  for (const { name, labels } of await engine.listVolumes()) if (goes(labels)) await remove(engine.removeVolume(name));
  for (const { name, labels } of await engine.listNetworks()) if (goes(labels)) await remove(engine.removeNetwork(name));
  if (problems.length > 0) throw problems[0];
}
