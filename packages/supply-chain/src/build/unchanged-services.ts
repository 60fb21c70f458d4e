import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OciLayout } from '@seaworthy/oci';
import { loadServiceCard } from '@seaworthy/policy';
import { buildService } from './services.ts';
import type { BuiltService, BuildServicesOptions } from './services.ts';
import { workspaceHashes } from './workspace-hashes.ts';
import type { SourceFile } from './workspace-hashes.ts';

const RECORD_FILE = 'built.json';
/** The workspace that holds this builder: who changes it builds everything anew. */
const BUILDER = 'packages/supply-chain';

/**
 * Builds one service of a checkout, or answers what was built before where nothing that it depends on has changed since: its own files
 * and those of the packages that it needs, lockfile, configuration, parent image, and the builder. A reused image has still its digest.
 */
export async function buildChangedService(name: string, options: BuildServicesOptions, hashes: SourceHashes): Promise<BuiltService> {
  const key = await keyOf(name, options, hashes);
  const known = key === undefined ? undefined : await readRecord(join(options.outDir, name), key);
  if (known !== undefined) return known;
  const built = await buildService(name, options);
  // last: what has a record is complete
  await writeFile(join(options.outDir, name, RECORD_FILE), JSON.stringify({ key, built }));
  return built;
}

export type SourceHashes = ReturnType<typeof workspaceHashes>;

/** Hashes of all workspaces of a checkout, without the packages that are installed in it. */
export function hashCheckout(sourceDir: string): SourceHashes {
  return workspaceHashes(filesBelow(sourceDir, ''));
}

function filesBelow(root: string, folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry): SourceFile[] => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(root, path);
    if (!entry.isFile()) return [];
    const file = join(root, path);
    return [{ path, content: readFileSync(file), executable: (statSync(file).mode & 0o111) !== 0 }];
  });
}

/** Undefined where a hash is missing: such a service is always built. The place counts too, since the record names paths. */
async function keyOf(name: string, options: BuildServicesOptions, hashes: SourceHashes): Promise<string | undefined> {
  const { sourceDir, imagesDir, outDir, modulesRoot } = options;
  const [own, builder] = [hashes.get(`apps/${name}`), hashes.get(BUILDER)];
  if (own === undefined || builder === undefined) return undefined;
  const card = await loadServiceCard(join(sourceDir, 'apps', name));
  const parent = await (await OciLayout.open(join(imagesDir, card.parent))).manifest();
  const { node, zlib } = process.versions;
  const inputs = [own, builder, runningBuilder(), parent.descriptor.digest, node, zlib, outDir, modulesRoot];
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** The builder that runs may be another than the commit's. */
function runningBuilder(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(import.meta.dirname).toSorted())
    hash.update(`${name}\0`).update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest('hex');
}

/** Whatever is not exactly what was recorded counts as nothing. */
async function readRecord(dir: string, key: string): Promise<BuiltService | undefined> {
  try {
    const record = JSON.parse(readFileSync(join(dir, RECORD_FILE), 'utf8')) as { key: string; built: BuiltService };
    if (record.key !== key) return undefined;
    const layout = await OciLayout.open(record.built.layoutDir);
    const { descriptor, json } = await layout.manifest();
    await layout.config();
    for await (const chunk of layout.blobStream(record.built.layer)) void chunk;
    const isWhole = descriptor.digest === record.built.manifestDigest && json.layers.at(-1)?.digest === record.built.layer.digest;
    return isWhole ? record.built : undefined;
  } catch {
    return undefined;
  }
}
