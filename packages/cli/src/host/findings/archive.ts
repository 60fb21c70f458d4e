import { archiveKeyring, findMirrors, ImageError } from '@seaworthy/images';
import { size } from '../../ui/duration.ts';
import type { Finding } from './finding.ts';

/** Where this machine looks for its mirrors and keys: `/etc/apt` and `/usr/share/keyrings` unless told. */
interface Places {
  readonly env?: NodeJS.ProcessEnv;
  readonly aptDir?: string;
  readonly keyringDir?: string;
}

/** What images and their advisories come from, and what it is verified with. Neither is in the repository: a machine that is not Debian has to name both. */
export async function examineArchive({ env = process.env, aptDir, keyringDir }: Places = {}): Promise<Finding[]> {
  const mirror = { id: 'mirror', expected: "a Debian mirror and one of Debian's security archive" };
  const keys = { id: 'archive keys', expected: "Debian's archive keys" };
  return Promise.all([
    examine(mirror, SET_MIRRORS, async () => {
      const { debian, security } = await findMirrors({ env, ...(aptDir !== undefined && { aptDir }) });
      return [...new Set([debian, security].map((address) => new URL(address).host))].join(', ');
    }),
    examine(keys, SET_KEYS, async () => {
      const { length } = await archiveKeyring({ env, ...(keyringDir !== undefined && { dir: keyringDir }) });
      return `${size(length)} of them`;
    }),
  ]);
}

const SET_MIRRORS =
  'set SEAWORTHY_DEBIAN_MIRROR and SEAWORTHY_DEBIAN_SECURITY_MIRROR to the addresses of a Debian archive and of its security archive\n' +
  '(the folders that hold dists/ and pool/; docs/how-to/behind-a-proxy.md)';
const SET_KEYS =
  'Debian, Ubuntu: sudo apt-get install debian-archive-keyring\n' +
  'others: name a keyring with them in SEAWORTHY_DEBIAN_KEYRING (docs/how-to/behind-a-proxy.md)';

async function examine(fact: Pick<Finding, 'id' | 'expected'>, remedy: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { ...fact, level: 'ok', found: await look() };
  } catch (error) {
    const found = error instanceof ImageError ? 'none' : error instanceof Error ? error.message : String(error);
    return { ...fact, level: 'error', code: 'HOST_NOT_READY', found, remedy };
  }
}
