import type { Digest } from '@seaworthy/oci';
import { serviceCardSchema } from '@seaworthy/policy';
import { shippedHash, workspaceHashes } from '@seaworthy/supply-chain/workspaces';
import { parse } from 'yaml';
import { PublishError } from '../publish/publish.error.ts';
import { parentOf } from '../publish/parent.images.ts';
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
    const parent = parents.get(parentOf(source, name));
    const own = hashes.get(`apps/${name}`);
    if (!parent || !own)
      throw new PublishError({ code: 'CARD_MALFORMED', message: `expected apps/${name} to have a package.json and a parent image` });
    const hash = `${own} ${shippedBy(source, name)}`;
    const digest = known.imageOf(hash, parent.digest);
    if (digest && (await publisher.isReleased({ name, digest }))) unchanged.push({ name, digest });
    else build.push({ name, hash, parent });
  }
  return { hashes, check, build, unchanged };
}

/** Its card may ship what no hash of a workspace holds: pages of docs/, or files of a workspace that it does not depend on. */
function shippedBy(source: Source, name: string): string {
  const { extraFiles } = serviceCardSchema.parse(parse(source.text(`apps/${name}/service.yaml`), { maxAliasCount: 0 }));
  return shippedHash(source.files, extraFiles);
}
