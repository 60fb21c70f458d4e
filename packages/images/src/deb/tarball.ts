import { decompress } from './decompress.ts';
import { readTar } from './tar.reader.ts';
import type { TarEntry } from './tar.reader.ts';

/** Files of an npm tarball, without its leading folder (`package/`, whatever it is called). */
export async function openTarball(bytes: Buffer): Promise<TarEntry[]> {
  const entries = await readTar(await decompress(bytes, 'package.tar.gz'));
  return entries.map((entry) => ({ ...entry, path: entry.path.split('/').slice(1).join('/') }));
}
