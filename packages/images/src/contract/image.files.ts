import { OciLayout } from '@seaworthy/oci';
import type { ImageConfig } from '@seaworthy/oci';
import { decompress } from '../deb/decompress.ts';
import { readTar } from '../deb/tar.reader.ts';
import type { TarEntry } from '../deb/tar.reader.ts';

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
    for (const entry of await readTar(await decompress(await layout.readBlob(digest), name))) applyEntry(files, entry);
  }
  return { config, files };
}

function applyEntry(files: Map<string, TarEntry>, entry: TarEntry): void {
  const slash = entry.path.lastIndexOf('/');
  const [folder, base] = [entry.path.slice(0, slash + 1), entry.path.slice(slash + 1)];
  if (!base.startsWith('.wh.')) {
    if (entry.path !== '') files.set(entry.path, entry);
    return;
  }
  const gone = base === '.wh..wh..opq' ? folder : `${folder}${base.slice('.wh.'.length)}`;
  for (const path of files.keys()) if (path === gone || path.startsWith(gone.endsWith('/') ? gone : `${gone}/`)) files.delete(path);
}
