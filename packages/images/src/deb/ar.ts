import { ImageError } from '../errors.ts';

const MAGIC = '!<arch>\n';
const HEADER = 60;

/** Members of an ar archive, as deb(5) uses it: no long names, contents padded to even length. */
export function readAr(bytes: Buffer): Map<string, Buffer> {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw malformed('expected an ar archive, found other magic');
  const members = new Map<string, Buffer>();
  for (let at = MAGIC.length; at + HEADER <= bytes.length;) {
    const header = bytes.toString('latin1', at, at + HEADER);
    const size = Number.parseInt(header.slice(48, 58), 10);
    if (!header.endsWith('`\n') || !(size >= 0) || at + HEADER + size > bytes.length)
      throw malformed('expected an ar member, found a broken header');
    members.set(header.slice(0, 16).trim().replace(/\/$/, ''), bytes.subarray(at + HEADER, at + HEADER + size));
    at += HEADER + size + (size % 2);
  }
  return members;
}

function malformed(message: string): ImageError {
  return new ImageError({ code: 'PACKAGE_MALFORMED', message });
}
