import { ImageError } from '../errors.ts';
import { readAr } from './ar.ts';
import { decompress } from './decompress.ts';
import { readTar } from './tar.reader.ts';
import type { TarEntry } from './tar.reader.ts';

/** A package opened: its control stanza, and its files. Maintainer scripts are left where they are. */
export interface DebContents {
  control: string;
  files: TarEntry[];
}

/** deb(5), format 2.0. */
export async function openDeb(bytes: Buffer): Promise<DebContents> {
  const members = [...readAr(bytes)];
  const member = async (prefix: string): Promise<TarEntry[]> => {
    const found = members.find(([name]) => name.startsWith(prefix));
    if (!found)
      throw new ImageError({
        code: 'PACKAGE_MALFORMED',
        message: `expected ${prefix}* in the package, found ${members.map(([name]) => name).join(', ')}`,
      });
    return readTar(await decompress(found[1], found[0]));
  };
  const control = (await member('control.tar')).find(({ path }) => path === 'control');
  if (!control) throw new ImageError({ code: 'PACKAGE_MALFORMED', message: 'expected a control file in the package, found none' });
  return { control: control.data.toString('utf8'), files: await member('data.tar') };
}
