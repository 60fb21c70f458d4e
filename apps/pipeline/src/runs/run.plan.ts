import type { Digest } from '@seaworthy/oci';
import { workspaceHashes } from '@seaworthy/supply-chain/workspaces';
import { PublishError } from '../publish/publish.error.ts';
import { parentOf } from '../publish/parent.images.ts';
import type { ParentImage } from '../publish/parent.images.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { Source } from '../source/source.archive.ts';
import type { KnownResults } from './known.results.ts';

interface PlannedService {
  readonly name: string;
  readonly hash: string;
  readonly parent: ParentImage;
}

/** What a commit needs done: what it changed, and what no earlier run has proved. */
export interface RunPlan {
  readonly hashes: ReadonlyMap<string, string>;
  /** workspaces that lint, types and unit tests are run for */
  readonly check: readonly string[];
  readonly build: readonly PlannedService[];
  /** services whose image is released as this commit would make it */
  readonly unchanged: readonly { readonly name: string; readonly digest: Digest }[];
}

export async function planRun({
  source,
  parents,
  known,
  publisher,
}: {
  source: Source;
  parents: ReadonlyMap<string, ParentImage>;
  known: KnownResults;
  publisher: Publisher;
}): Promise<RunPlan> {
  const hashes = workspaceHashes(source.files);
  const check = [...hashes].filter(([, hash]) => !known.hasPassed(hash)).map(([workspace]) => workspace);
  const build: PlannedService[] = [];
  const unchanged: { name: string; digest: Digest }[] = [];
  for (const name of source.services) {
    const parent = parents.get(parentOf(source, name));
    const hash = hashes.get(`apps/${name}`);
    if (!parent || !hash)
      throw new PublishError({ code: 'CARD_MALFORMED', message: `expected apps/${name} to have a package.json and a parent image` });
    const digest = known.imageOf(hash, parent.digest);
    if (digest && (await publisher.isReleased({ name, digest }))) unchanged.push({ name, digest });
    else build.push({ name, hash, parent });
  }
  return { hashes, check, build, unchanged };
}
