import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OciLayout } from '@seaworthy/oci';
import { loadServiceCard } from '@seaworthy/policy';
import { bundleOf, imageOf } from './services.ts';
import type { BuiltService, BuildServicesOptions } from './services.ts';
import { shippedHash, workspaceHashes } from './workspace-hashes.ts';
import type { SourceFile } from './workspace-hashes.ts';

const RECORD_FILE = 'built.json';
/** The workspace that holds this builder: who changes it builds everything anew. */
const BUILDER = 'packages/supply-chain';

/** How several are built at a time. */
export interface Pace {
  /** resolves when the parents' images are there; bundles do not need them */
  readonly parents: Promise<unknown>;
  /** does one piece of work after the other: the bundler uses all cores by itself */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly onBegin: (service: string) => void;
}

const AT_ONCE: Pace = { parents: Promise.resolve(), inTurn: async (work) => work(), onBegin: () => undefined };

/**
 * Builds one service of a checkout, or answers what was built before where nothing that it depends on has changed since: its own files
 * and those of the packages that it needs, what it ships beside them, lockfile, configuration, parent image, and the builder. A reused
 * image has still its digest.
 */
export async function buildChangedService(
  name: string,
  options: BuildServicesOptions,
  hashes: SourceHashes,
  { parents, inTurn, onBegin }: Pace = AT_ONCE,
): Promise<BuiltService> {
  const record = join(options.outDir, name, RECORD_FILE);
  if (existsSync(record)) {
    await parents;
    const known = await readRecord(record, await keyOf(name, options, hashes));
    if (known !== undefined) return known;
  }
  const bundled = await inTurn(async () => {
    onBegin(name);
    return bundleOf(name, options);
  });
  await parents;
  return inTurn(async () => {
    const built = await imageOf(bundled, options);
    // last: what has a record is complete
    await writeFile(record, JSON.stringify({ key: await keyOf(name, options, hashes), built }));
    return built;
  });
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
    return entry.isFile() ? [fileAt(root, path)] : [];
  });
}

function fileAt(root: string, path: string): SourceFile {
  const file = join(root, path);
  return { path, content: readFileSync(file), executable: (statSync(file).mode & 0o111) !== 0 };
}

/** The file, or those of the folder, that a service card ships; none where the build will miss it. */
function shippedFiles(root: string, from: string): SourceFile[] {
  const kind = statSync(join(root, from), { throwIfNoEntry: false });
  if (kind?.isDirectory()) return filesBelow(root, from);
  return kind?.isFile() ? [fileAt(root, from)] : [];
}

/** Undefined where a hash is missing: such a service is always built. The place counts too, since the record names paths. */
async function keyOf(name: string, options: BuildServicesOptions, hashes: SourceHashes): Promise<string | undefined> {
  const { sourceDir, imagesDir, outDir, modulesRoot } = options;
  const [own, builder] = [hashes.get(`apps/${name}`), hashes.get(BUILDER)];
  if (own === undefined || builder === undefined) return undefined;
  const card = await loadServiceCard(join(sourceDir, 'apps', name));
  const parent = await (await OciLayout.open(join(imagesDir, card.parent))).manifest();
  const files = card.extraFiles.flatMap(({ from }) => shippedFiles(sourceDir, from));
  const shipped = shippedHash(files, card.extraFiles);
  const { node, zlib } = process.versions;
  const inputs = [own, shipped, builder, runningBuilder(), parent.descriptor.digest, node, zlib, outDir, modulesRoot];
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
async function readRecord(file: string, key: string | undefined): Promise<BuiltService | undefined> {
  if (key === undefined) return undefined;
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as { key: string; built: BuiltService };
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
