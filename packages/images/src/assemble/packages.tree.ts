import { openDeb } from '../deb/deb.ts';
import type { TarEntry } from '../deb/tar.reader.ts';
import { ImageError } from '../errors.ts';
import type { FileTree, TreeNode } from './file.tree.ts';
import { globMatcher } from './globs.ts';

/** Spreads packages into the tree, without what is dropped; nothing of a package is executed. Entries in status.d tell scanners of them. */
export async function addPackages(options: {
  tree: FileTree;
  packages: readonly { name: string; bytes: () => Promise<Buffer> }[];
  drop: readonly string[];
  keep: readonly string[];
  onPackage?: (name: string) => void;
}): Promise<void> {
  const [isDropped, isKept] = [globMatcher(options.drop), globMatcher(options.keep)];
  for (const { name, bytes } of options.packages) {
    const { control, files } = await openDeb(await bytes());
    const remaining = withoutEmptied(files, (path) => isDropped(path) && !isKept(path));
    const data = new Map(files.map((entry) => [entry.path, entry.data]));
    for (const entry of remaining) options.tree.put(entry.path, toNode(entry, data));
    // gcr.io/distroless' convention, which scanners know: one stanza a file, since no dpkg will ever edit them
    options.tree.put(`var/lib/dpkg/status.d/${name}`, {
      type: 'file',
      data: Buffer.from(`${control.trimEnd()}\nStatus: install ok installed\n`),
      mode: 0o644,
      uid: 0,
      gid: 0,
    });
    options.onPackage?.(name);
  }
}

/** Owners and modes of packages count for nothing but "may be executed": the rest is for image.yaml to say. */
function toNode(entry: TarEntry, data: ReadonlyMap<string, Buffer>): TreeNode {
  const base = { uid: 0, gid: 0, mode: entry.mode & 0o111 ? 0o755 : 0o644 };
  switch (entry.type) {
    case 'directory':
      return { type: 'directory', ...base, mode: 0o755 };
    case 'symlink':
      return { type: 'symlink', ...base, mode: 0o777, target: entry.target };
    case 'file':
      return { type: 'file', ...base, data: entry.data };
    case 'link': {
      const content = data.get(entry.target);
      if (!content)
        throw new ImageError({
          code: 'PACKAGE_MALFORMED',
          message: `expected the hard link /${entry.path} to lead to a file of its package, found /${entry.target}`,
        });
      return { type: 'file', ...base, data: content };
    }
    default: {
      const unreachable: never = entry.type;
      return unreachable;
    }
  }
}

/** Drops what is to be dropped, and folders that held something and now hold nothing. */
function withoutEmptied(files: readonly TarEntry[], isDropped: (path: string) => boolean): TarEntry[] {
  const left = files.filter(({ path, type }) => type !== 'directory' && !isDropped(path));
  const parents = (paths: readonly TarEntry[]): Set<string> => new Set(paths.flatMap(({ path }) => folders(path)));
  const [before, after] = [parents(files.filter(({ path }) => path !== '')), parents(left)];
  return files.filter(
    ({ path, type }) =>
      path !== '' && (type === 'directory' ? after.has(path) || (!before.has(path) && !isDropped(path)) : !isDropped(path)),
  );
}

function folders(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
