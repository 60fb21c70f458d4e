import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Instance } from '../instance.ts';

const Digests = z.record(z.string(), z.string());

const State = z.object({
  /** the commit that runs */
  commit: z.string(),
  /** when the gatekeeper's verdicts about it were verified last, RFC 3339 */
  verifiedAt: z.string(),
  /** ids on the engine, by name of image or service */
  imageIds: Digests,
  /** ids of the base images that its services are built on, by name */
  bases: Digests.default({}),
  /** manifest digests of the services, as built here and by the pipeline */
  services: Digests,
  /** manifest digests of the hardened images, as built here */
  images: Digests,
});

/** What the last start that came to its end left running. */
export type PlatformState = z.infer<typeof State>;

/** Undefined when no start has come to its end, or when what it wrote cannot be read: everything is done again then. */
export function readState(instance: Instance): PlatformState | undefined {
  try {
    return State.parse(JSON.parse(readFileSync(join(instance.stateDir, 'state.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeState(instance: Instance, state: PlatformState): void {
  const file = join(instance.stateDir, 'state.json');
  writeFileSync(`${file}.partial`, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(`${file}.partial`, file);
}
