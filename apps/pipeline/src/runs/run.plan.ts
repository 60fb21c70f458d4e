import type { Digest } from '@seaworthy/oci';
import { shippedHash, workspaceHashes } from '@seaworthy/supply-chain/workspaces';
import { PublishError } from '../publish/publish.error.ts';
import { cardOf } from '../publish/parent.images.ts';
import type { ParentImage } from '../publish/parent.images.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { Source } from '../source/source.archive.ts';
import type { KnownResults } from './known.results.ts';

interface PlannedService {
  readonly name: string;
  /** of all that its image depends on but the parent */
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
    const card = cardOf(source, name);
    const parent = parents.get(card.parent);
    const own = hashes.get(`apps/${name}`);
    if (!parent || !own)
      throw new PublishError({ code: 'CARD_MALFORMED', message: `expected apps/${name} to have a package.json and a parent image` });
    // the card may ship what no hash of a workspace holds: pages of docs/, or files of a workspace that it does not depend on
    const hash = `${own} ${shippedHash(source.files, card.extraFiles)}`;
    const digest = known.imageOf(hash, parent.digest);
    if (digest && (await publisher.isReleased({ name, digest }))) unchanged.push({ name, digest });
    else build.push({ name, hash, parent });
  }
  return { hashes, check, build, unchanged };
}
