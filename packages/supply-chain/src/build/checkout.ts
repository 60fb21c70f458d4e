import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { access, mkdir, mkdtempDisposable, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { differingPackages } from '@seaworthy/contracts/locked-packages';
import { BuildError } from './error.ts';
import { archiveVerbatim } from './verbatim-archive.ts';

const WORKSPACE_SCOPE = '@seaworthy';
const OBJECT_NAME = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export interface Checkout {
  dir: string;
  /** full object name of the commit */
  commit: string;
}

/**
 * The tree of one commit as it was committed, never the working tree, with the packages that are installed in the clone.
 * Its node_modules are links into the clone's, but those of the workspace's own packages, which lead into the checkout.
 *
 * @throws BuildError COMMIT_UNKNOWN, or LOCK_MISMATCH when the commit's lockfile asks for other packages than are installed
 */
export async function checkoutCommit({ repoDir, commit, outDir }: { repoDir: string; commit: string; outDir: string }): Promise<Checkout> {
  const repo = resolve(repoDir);
  const dir = resolve(outDir);
  const objectName = await resolveCommit(repo, commit);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await extractTree(repo, objectName, dir);
  await requireSamePackages(repo, dir, objectName);
  await linkModules(repo, dir);
  return { dir, commit: objectName };
}

async function resolveCommit(repo: string, commit: string): Promise<string> {
  const { code, stdout, stderr } = await git(repo, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`]);
  const objectName = stdout.trim();
  if (code === 0 && OBJECT_NAME.test(objectName)) return objectName;
  throw new BuildError({
    code: 'COMMIT_UNKNOWN',
    message: `expected commit ${commit} in ${repo}, found none${stderr ? ` (${stderr.trim()})` : ''}; commit something first, or name one of git log`,
  });
}

async function extractTree(repo: string, commit: string, dir: string): Promise<void> {
  // a repository of its own over the clone's objects: neither the commit's attributes nor the user's line-ending settings reach the tree
  await using own = await mkdtempDisposable(join(tmpdir(), 'verbatim-'));
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  await git(repo, ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, own.path]);
  await archiveVerbatim(own.path);
  const objects = resolve(repo, (await git(repo, ['rev-parse', '--git-path', 'objects'])).stdout.trim());
  const archive = spawn('git', ['--git-dir', own.path, 'archive', '--format=tar', commit], {
    env: { ...process.env, GIT_OBJECT_DIRECTORY: objects },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const tar = spawn('tar', ['-x', '-C', dir], { stdio: ['pipe', 'inherit', 'inherit'] });
  const [[archived], [extracted]] = (await Promise.all([
    once(archive, 'close'),
    once(tar, 'close'),
    // tar may be done, and gone, before the padding behind the archive's end is written: the exit codes tell, not the pipe
    pipeline(archive.stdout, tar.stdin).catch(() => undefined),
  ])) as [[number], [number], unknown];
  if (archived === 0 && extracted === 0) return;
  throw new BuildError({
    code: 'COMMIT_UNKNOWN',
    message: `expected git archive and tar to write ${commit} to ${dir}, found exit codes ${archived} and ${extracted}`,
  });
}

async function requireSamePackages(repo: string, dir: string, commit: string): Promise<void> {
  const wanted = await readLock(join(dir, 'package-lock.json'));
  const installed = await readLock(join(repo, 'node_modules', '.package-lock.json'));
  const differing = differingPackages(wanted, installed).filter(isLinked);
  const [first] = differing;
  if (first === undefined) return;
  throw new BuildError({
    code: 'LOCK_MISMATCH',
    message:
      `expected the packages that package-lock.json of commit ${commit.slice(0, 12)} names and no others, found ${differing.length} that differ in ` +
      `${join(repo, 'node_modules')}, ${first} the first; run npm ci with that lockfile, or commit the one that is installed`,
  });
}

/** Whether what lies there gets into the checkout, whose own packages do not come from npm: see {@link linkModules}. */
function isLinked(path: string): boolean {
  return path.includes('node_modules/') && !path.startsWith(`node_modules/${WORKSPACE_SCOPE}/`);
}

type Lock = Parameters<typeof differingPackages>[0];

async function readLock(file: string): Promise<Lock> {
  return JSON.parse(await readFile(file, 'utf8').catch(() => '{"packages":{}}')) as Lock;
}

async function linkModules(repo: string, dir: string): Promise<void> {
  const modules = join(dir, 'node_modules');
  await mkdir(join(modules, WORKSPACE_SCOPE), { recursive: true });
  for (const name of await readdir(join(repo, 'node_modules'))) {
    if (name !== WORKSPACE_SCOPE) await symlink(join(repo, 'node_modules', name), join(modules, name));
  }
  for (const file of globSync('{apps,packages}/*/package.json', { cwd: dir })) {
    const { name } = JSON.parse(await readFile(join(dir, file), 'utf8')) as { name: string };
    await symlink(relative(join(modules, WORKSPACE_SCOPE), join(dir, dirname(file))), join(modules, name));
    const nested = join(repo, dirname(file), 'node_modules');
    const isThere = await access(nested).then(
      () => true,
      () => false,
    );
    if (isThere) await symlink(nested, join(dir, dirname(file), 'node_modules'));
  }
}

async function git(repo: string, args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn('git', ['-C', repo, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number]>]);
  return { code, stdout, stderr };
}
