import { OciLayout } from '@seaworthy/oci';
import type { ImageConfig } from '@seaworthy/oci';
import { decompress } from '../deb/decompress.ts';
import { readTar } from '../deb/tar.reader.ts';
import type { TarEntry } from '../deb/tar.reader.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

export interface ImageFiles {
  config: ImageConfig;
  /** All files of the image by path, layers merged. */
  files: ReadonlyMap<string, TarEntry>;
}

/** Reads an image out of its layout as a container would see it (image-spec 1.1, layer.md: whiteouts, later layers win). */
export async function readImageFiles(layoutDir: string): Promise<ImageFiles> {
  const layout = await OciLayout.open(layoutDir);
  const { json: manifest } = await layout.manifest();
  const { json: config } = await layout.config();
  const files = new Map<string, TarEntry>();
  for (const { digest, mediaType } of manifest.layers) {
    const name = mediaType.endsWith('gzip') ? 'layer.gz' : mediaType.endsWith('zstd') ? 'layer.zst' : 'layer';
    addLayer(files, await readTar(await decompress(await layout.readBlob(digest), name)));
  }
  return { config, files };
}

/** Whiteouts are about the layers below alone, wherever in the tar they stand: they hide nothing that comes with them. */
function addLayer(files: Map<string, TarEntry>, entries: readonly TarEntry[]): void {
  const removed = new Set<string>();
  const emptied = new Set<string>();
  const own: TarEntry[] = [];
  for (const entry of entries) {
    const slash = entry.path.lastIndexOf('/');
    const [folder, base] = [entry.path.slice(0, slash + 1), entry.path.slice(slash + 1)];
    const gone = `${folder}${base.slice(WHITEOUT.length)}`;
    if (base === OPAQUE) emptied.add(folder);
    else if (base.startsWith(WHITEOUT)) {
      removed.add(gone);
      emptied.add(`${gone}/`);
    } else if (entry.path !== '') {
      own.push(entry);
      if (entry.type !== 'directory') emptied.add(`${entry.path}/`);
    }
  }
  for (const path of files.keys()) if (removed.has(path) || foldersOf(path).some((folder) => emptied.has(folder))) files.delete(path);
  for (const entry of own) files.set(entry.path, entry);
}

/** Of `a/b/c` the root, which is the empty text, `a/` and `a/b/`. */
function foldersOf(path: string): string[] {
  return ['', ...Array.from(path.matchAll(/\//g), ({ index }) => path.slice(0, index + 1))];
}
