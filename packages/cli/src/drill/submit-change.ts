import type { PipelineRun } from '@seaworthy/drills';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../host/command.ts';
import type { PlatformAccess } from '../platform/access.ts';
import { runPipeline } from '../platform/pipeline.ts';
import { pushCommit } from '../platform/push.ts';

const AUTHOR = {
  GIT_AUTHOR_NAME: 'drill',
  GIT_AUTHOR_EMAIL: 'drill@seaworthy.internal',
  GIT_COMMITTER_NAME: 'drill',
  GIT_COMMITTER_EMAIL: 'drill@seaworthy.internal',
};

/**
 * Commits files on top of the clone's HEAD without touching its branch, index or working tree, pushes them to a branch for changes of
 * the platform's repository, and follows the pipeline's run of it.
 */
export async function submitChange(
  access: PlatformAccess,
  token: () => Promise<string>,
  files: Readonly<Record<string, string>>,
): Promise<PipelineRun> {
  const { root, stateDir, sharedDir } = access.instance;
  // a throw-away copy knows no earlier results: the change spares it all tests but the attack
  const commit = await commitFiles(root, files, stateDir === sharedDir ? [] : ['*.test.ts']);
  await pushCommit(access, token, commit, `changes/drill-${commit.slice(0, 12)}`);
  const { id, state, stages, failure } = await runPipeline(access, token, commit);
  return {
    id,
    state: state === 'succeeded' ? 'succeeded' : 'failed',
    stages: stages.map(({ name, state: one, message }) => ({ name, state: one, ...(message === undefined ? {} : { message }) })),
    ...(failure === undefined ? {} : { failure }),
  };
}

async function commitFiles(root: string, files: Readonly<Record<string, string>>, without: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'change-'));
  const env = { ...process.env, ...AUTHOR, GIT_INDEX_FILE: join(directory, 'index') };
  const git = async (args: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, stderr } = await runCommand('git', ['-C', root, ...args], { env, input });
    if (code !== 0) throw new Error(`expected git ${args[0]} to succeed, found ${code}: ${stderr}`);
    return stdout.trim();
  };
  try {
    await git(['read-tree', 'HEAD']);
    if (without.length > 0) await git(['rm', '--cached', '--quiet', '--', ...without]);
    for (const [path, content] of Object.entries(files)) {
      const blob = await git(['hash-object', '-w', '--stdin'], content);
      await git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
    }
    return await git(['commit-tree', await git(['write-tree']), '-p', 'HEAD', '-m', 'A change that a drill makes']);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
