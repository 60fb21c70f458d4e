import { realpathSync } from 'node:fs';
import { runCommand, type CommandRunner } from '../command.ts';
import type { Finding } from './finding.ts';

const EXPECTED = 'a git repository with at least one commit';

/** Whether there is a commit to build, and whether what lies in the folder is more than that commit. */
export async function examineRepository(root: string, run: CommandRunner = runCommand): Promise<Finding[]> {
  const top = await git(run, root, 'rev-parse', '--show-toplevel');
  if (/dubious ownership/.test(top.stderr)) return [untrusted(root)];
  if (top.code !== 0 || !samePath(top.stdout.trim(), root)) return [noRepository(root)];
  const head = await git(run, root, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  if (head.code !== 0) return [noCommit()];
  if ((await git(run, root, 'rev-parse', '--is-shallow-repository')).stdout.trim() === 'true') return [shallow()];
  const commit = head.stdout.trim().slice(0, 12);
  const status = await git(run, root, 'status', '--porcelain');
  const changed = status.stdout.split('\n').filter(Boolean).length;
  return [
    { id: 'repository', level: 'ok', expected: EXPECTED, found: `commit ${commit}` },
    changed === 0 ? clean(commit) : dirty(commit, changed),
  ];
}

function noRepository(root: string): Finding {
  const remedy = 'clone it with git clone; of an unpacked archive make one: git init && git add . && git commit -m "First commit"';
  return { id: 'repository', level: 'error', code: 'NO_REPOSITORY', expected: EXPECTED, found: `${root} is no git repository`, remedy };
}

function noCommit(): Finding {
  return {
    id: 'repository',
    level: 'error',
    code: 'NO_COMMIT',
    expected: EXPECTED,
    found: 'no commit',
    remedy: 'git add . && git commit -m "First commit"',
  };
}

/** The platform's repository takes no history with holes: what cannot be followed to its beginning cannot be checked. */
function shallow(): Finding {
  return {
    id: 'repository',
    level: 'error',
    code: 'NO_REPOSITORY',
    expected: 'the whole history, since the platform builds from a repository of its own',
    found: 'a shallow clone (git clone --depth)',
    remedy: 'git fetch --unshallow; it may take a minute, and needs no new clone',
  };
}

function untrusted(root: string): Finding {
  const found = 'git refuses it, because another user owns the folder';
  return {
    id: 'repository',
    level: 'error',
    code: 'NO_REPOSITORY',
    expected: EXPECTED,
    found,
    remedy: `git config --global --add safe.directory ${root}`,
  };
}

function clean(commit: string): Finding {
  return { id: 'working-tree', level: 'ok', expected: 'nothing that is not committed', found: `clean at ${commit}` };
}

function dirty(commit: string, changed: number): Finding {
  return {
    id: 'working-tree',
    level: 'warning',
    expected: 'nothing that is not committed',
    found: `${changed} changed or new file${changed === 1 ? '' : 's'}`,
    remedy: `only commit ${commit} is built; git commit what should be in it`,
  };
}

function git(run: CommandRunner, root: string, ...words: string[]): ReturnType<CommandRunner> {
  // its words are read here, and those of other languages are other words
  return run('git', ['-C', root, ...words], { env: { ...process.env, LC_ALL: 'C' } });
}

function samePath(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
