import { effective } from '../declaration/effective.ts';
import type { ImageDeclaration } from '../declaration/image.declaration.ts';
import type { ImageYaml } from '../declaration/image.schema.ts';
import { openTarball } from '../deb/tarball.ts';
import { formatAccounts } from './accounts.ts';
import { writeCaBundle } from './ca.bundle.ts';
import { FileTree } from './file.tree.ts';
import { globMatcher } from './globs.ts';
import { addPackages } from './packages.tree.ts';

export interface AssemblySource {
  packages: readonly { name: string; bytes: () => Promise<Buffer> }[];
  /** In the order of the declaration's `npm`. */
  npm: readonly (() => Promise<Buffer>)[];
  onPackage?: (name: string) => void;
}

/** The files of one image's own layer. Order: packages, npm packages, CA bundle, accounts, folders and files of image.yaml, which win. */
export async function assemble(declaration: ImageDeclaration, source: AssemblySource): Promise<FileTree> {
  const tree = new FileTree();
  const { drop, keep, users, directories } = effective(declaration);
  await addPackages({ tree, packages: source.packages, drop, keep, ...(source.onPackage && { onPackage: source.onPackage }) });
  const isDropped = globMatcher(drop);
  for (const [position, { take }] of declaration.npm.entries()) await addNpm(tree, take, isDropped, await source.npm[position]?.());
  if (declaration.caBundle) writeCaBundle(tree);
  if (declaration.users.length > 0) addAccounts(tree, users);
  addDeclared(tree, declaration, directories);
  return tree;
}

async function addNpm(
  tree: FileTree,
  take: Record<string, string>,
  isDropped: (path: string) => boolean,
  tarball: Buffer | undefined,
): Promise<void> {
  if (!tarball) return;
  const entries = await openTarball(tarball);
  for (const [from, to] of Object.entries(take)) {
    for (const { path, mode, data, type } of entries) {
      if (type !== 'file' || !(from === '.' || path === from || path.startsWith(`${from}/`))) continue;
      const rest = from === '.' ? `/${path}` : path.slice(from.length);
      const place = `${to}${rest}`.slice(1);
      if (!isDropped(place)) tree.put(place, { type: 'file', data, mode: mode & 0o111 ? 0o755 : 0o644, uid: 0, gid: 0 });
    }
  }
}

function addAccounts(tree: FileTree, users: ImageYaml['users']): void {
  const { passwd, group } = formatAccounts(users);
  tree.put('etc/passwd', { type: 'file', data: Buffer.from(passwd), mode: 0o644, uid: 0, gid: 0 }, { replace: true });
  tree.put('etc/group', { type: 'file', data: Buffer.from(group), mode: 0o644, uid: 0, gid: 0 }, { replace: true });
}

/** Folders that ancestors declared are written again only where this layer touches them: otherwise it would take their owner away. */
function addDeclared(tree: FileTree, declaration: ImageDeclaration, directories: ImageYaml['directories']): void {
  const own = new Set(declaration.directories.map(({ path }) => path));
  const touched = new Set(tree.entries().map(([path]) => `/${path}`));
  for (const { path, mode, owner } of directories) {
    if (own.has(path) || touched.has(path)) tree.put(path.slice(1), { type: 'directory', ...rights(mode, owner) }, { replace: true });
  }
  for (const { path, content, from, link, mode, owner } of declaration.files) {
    const place = path.slice(1);
    if (link !== undefined) tree.put(place, { type: 'symlink', target: link, ...rights('777', owner) }, { replace: true });
    else
      tree.put(
        place,
        {
          type: 'file',
          data: from === undefined ? Buffer.from(content ?? '') : (declaration.contents.get(from) ?? Buffer.alloc(0)),
          ...rights(mode, owner),
        },
        { replace: true },
      );
  }
}

function rights(mode: string, owner: string): { mode: number; uid: number; gid: number } {
  const [uid = 0, gid = 0] = owner.split(':').map(Number);
  return { mode: Number.parseInt(mode, 8), uid, gid };
}
