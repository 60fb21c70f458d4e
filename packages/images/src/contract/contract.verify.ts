import { globMatcher } from '../assemble/globs.ts';
import type { TarEntry } from '../deb/tar.reader.ts';
import type { ImageContract } from './contract.schema.ts';
import { readImageFiles } from './image.files.ts';
import type { ImageFiles } from './image.files.ts';

export const VIOLATION_CODES = ['USER', 'ENTRYPOINT', 'PASSWD', 'ABSENT', 'PRESENT', 'SETUID', 'OWNER', 'WRITABLE'] as const;

export interface ContractViolation {
  code: (typeof VIOLATION_CODES)[number];
  message: string;
}

/** Holds an image in a layout against its contract. Reads the layout, runs nothing; no violations means kept. */
export async function verifyContract(layoutDir: string, contract: ImageContract): Promise<ContractViolation[]> {
  const image = await readImageFiles(layoutDir);
  return [
    ...runtime(image, contract),
    ...accounts(image, contract),
    ...absences(image, contract),
    ...presences(image, contract),
    ...rights(image, contract),
  ];
}

function runtime({ config }: ImageFiles, contract: ImageContract): ContractViolation[] {
  const [user, entrypoint] = [config.config?.User ?? '', config.config?.Entrypoint ?? []];
  return [
    ...(user === contract.user ? [] : [violation('USER', `user ${contract.user}`, user || 'none')]),
    ...(JSON.stringify(entrypoint) === JSON.stringify(contract.entrypoint)
      ? []
      : [violation('ENTRYPOINT', `entrypoint ${contract.entrypoint.join(' ')}`, entrypoint.join(' ') || 'none')]),
  ];
}

function accounts({ files }: ImageFiles, contract: ImageContract): ContractViolation[] {
  const passwd = files.get('etc/passwd')?.data.toString('utf8') ?? '';
  return passwd.trim() === contract.passwd.trim()
    ? []
    : [violation('PASSWD', `/etc/passwd:\n${contract.passwd.trim()}`, `\n${passwd.trim()}`)];
}

function absences({ files }: ImageFiles, contract: ImageContract): ContractViolation[] {
  return contract.absent.flatMap((glob) => {
    const found = [...files.keys()].find(globMatcher([glob]));
    return found === undefined ? [] : [violation('ABSENT', `nothing at ${glob}`, `/${found}`)];
  });
}

function presences({ files }: ImageFiles, contract: ImageContract): ContractViolation[] {
  return contract.present.flatMap(({ path, mode, owner }) => {
    const entry = files.get(path.slice(1));
    if (!entry) return [violation('PRESENT', path, 'nothing there')];
    const [foundMode, foundOwner] = [octal(entry), ownerOf(entry)];
    return [
      ...(mode === undefined || mode === foundMode ? [] : [violation('PRESENT', `${path} with mode ${mode}`, foundMode)]),
      ...(owner === undefined || owner === foundOwner ? [] : [violation('PRESENT', `${path} of ${owner}`, foundOwner)]),
    ];
  });
}

function rights({ files }: ImageFiles, contract: ImageContract): ContractViolation[] {
  const owners = new Map(contract.owned.map(({ path, owner }) => [path.slice(1), owner]));
  const writable = new Set(contract.writable.map((path) => path.slice(1)));
  return [...files].flatMap(([path, entry]) => {
    const expected = owners.get(path) ?? '0:0';
    const isOpen = entry.type !== 'symlink' && (entry.mode & 0o002) !== 0;
    return [
      ...(entry.mode & 0o6000 ? [violation('SETUID', 'no file with setuid or setgid', `/${path} with ${octal(entry)}`)] : []),
      ...(ownerOf(entry) === expected ? [] : [violation('OWNER', `/${path} of ${expected}`, ownerOf(entry))]),
      ...(isOpen && !writable.has(path) ? [violation('WRITABLE', `/${path} closed to others`, octal(entry))] : []),
    ];
  });
}

function violation(code: ContractViolation['code'], expected: string, found: string): ContractViolation {
  return { code, message: `${code}: expected ${expected}, found ${found}` };
}

function octal({ mode }: TarEntry): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}

function ownerOf({ uid, gid }: TarEntry): string {
  return `${uid}:${gid}`;
}
