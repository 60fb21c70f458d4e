import type { EngineClient } from '../engine/engine.client.ts';

/** Removes every container and volume that this control plane ever made; the filter lists no others. Containers first: they hold the volumes. */
export async function sweep(engine: EngineClient): Promise<void> {
  for (const { id } of await engine.listContainers()) await engine.removeContainer(id);
  for (const { name } of await engine.listVolumes()) await engine.removeVolume(name);
}
