import type { EngineClient } from '../engine/engine.client.ts';
import { isOwn } from './labels.ts';

type Swept = Pick<EngineClient, 'listContainers' | 'listVolumes' | 'removeContainer' | 'removeVolume' | 'listNetworks' | 'removeNetwork'>;

/**
 * Removes every container, volume and network that the pipeline of this project ever made. Containers first: they hold the others. The filter
 * lists no others; that what is removed is ours is looked at here all the same, for a door that stands open must not cost anybody data.
 */
export async function sweep(engine: Swept, project: string): Promise<void> {
  for (const { id, labels } of await engine.listContainers()) if (isOwn(labels, project)) await engine.removeContainer(id);
  for (const { name, labels } of await engine.listVolumes()) if (isOwn(labels, project)) await engine.removeVolume(name);
  for (const { name, labels } of await engine.listNetworks()) if (isOwn(labels, project)) await engine.removeNetwork(name);
}
