import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Digest } from '@seaworthy/oci';
import { pack } from 'tar-stream';
import { BuildError } from './error.ts';
import { sameGzip } from './gzip.ts';

export interface ServiceLayer {
  /** gzip of the tar */
  bytes: Buffer;
  /** digest of the tar itself (OCI image-spec, config.md, "Layer DiffID") */
  diffId: Digest;
  /** bytes of the tar */
  unpackedSize: number;
}

const EPOCH = new Date(0);

/** A deterministic layer: sorted paths, owner root, files 0644, folders 0755, time 0. `files` maps path in the image → content. */
export async function packLayer(files: ReadonlyMap<string, Buffer>): Promise<ServiceLayer> {
  const archive = pack();
  for (const folder of folders(files)) archive.entry({ name: `${folder}/`, type: 'directory', mode: 0o755, mtime: EPOCH, uid: 0, gid: 0 });
  for (const [path, content] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    archive.entry({ name: path.slice(1), mode: 0o644, mtime: EPOCH, uid: 0, gid: 0 }, content);
  }
  archive.finalize();
  const tar = await buffer(archive);
  return { bytes: sameGzip(tar), diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`, unpackedSize: tar.length };
}

/** Reads a file, or a folder with all below it, to the paths that they have in the image. */
export async function readExtraFiles(source: string, target: string): Promise<Map<string, Buffer>> {
  const kind = await stat(source).catch((cause: unknown) => {
    throw new BuildError({
      code: 'FILE_MISSING',
      message: `expected ${source}, which the service card ships as ${target}, found nothing; correct extraFiles`,
      cause,
    });
  });
  if (!kind.isDirectory()) return new Map([[target, await readFile(source)]]);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1));
  return new Map(
    await Promise.all(files.map(async (file): Promise<[string, Buffer]> => [posix.join(target, file), await readFile(join(source, file))])),
  );
}

function folders(files: ReadonlyMap<string, Buffer>): string[] {
  const found = new Set<string>();
  for (const path of files.keys()) {
    for (let folder = posix.dirname(path.slice(1)); folder !== '.'; folder = posix.dirname(folder)) found.add(folder);
  }
  return [...found].toSorted();
}
