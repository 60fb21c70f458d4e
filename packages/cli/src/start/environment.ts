import { join } from 'node:path';
import { writeCloneEnvironment } from '../host/clone-environment.ts';
import type { Engine } from '../host/engine/engine.ts';
import { writeWhole } from '../host/write-whole.ts';
import type { Instance } from '../instance.ts';
import { contentVariables } from './contents.ts';

/** Ids on the engine by name of image or service: `catalog` → `sha256:…`. */
export type ImageIds = Readonly<Record<string, string>>;

/** How compose.yaml names the image of `registry-gate`: `REGISTRY_GATE_IMAGE`. */
export function imageVariable(name: string): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_IMAGE`;
}

/**
 * Writes what compose.yaml leaves open: ids of images that were built here or verified before they were loaded, ports, subnets, hashes of
 * what services read when they start. For the user's own copy also as `.env` in the clone, so that `docker compose ps`, `logs` and `down`
 * work there; it names no secret.
 */
export function writeEnvironment(instance: Instance, images: ImageIds, engine: Engine): void {
  const values = {
    SEAWORTHY_PROJECT: instance.project,
    SEAWORTHY_SUBNET: instance.subnet,
    ...Object.fromEntries(Object.entries(instance.ports).map(([name, port]) => [`SEAWORTHY_${name.toUpperCase()}_PORT`, String(port)])),
    SEAWORTHY_ENGINE_SOCKET: engine.socketPath,
    SEAWORTHY_ENGINE_GROUP: String(engine.socketGroup),
    ...contentVariables(instance),
    ...Object.fromEntries(Object.entries(images).map(([name, id]) => [imageVariable(name), id])),
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  writeWhole(join(instance.stateDir, 'compose.env'), `${lines.join('\n')}\n`, 0o600);
  if (instance.stateDir === instance.sharedDir) writeCloneEnvironment(instance.root, lines);
}
