import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { runCommand } from '../host/command.ts';
import type { CommandResult } from '../host/command.ts';
import type { PlatformAccess } from './access.ts';

/** Pushes a commit to `branch` of the platform's own repository. @throws UserError with what to do where histories differ */
export async function pushCommit(access: PlatformAccess, token: () => Promise<string>, commit: string, branch = 'main'): Promise<void> {
  const { root, ports, stateDir } = access.instance;
  const url = `https://localhost:${ports.pipeline}/git/seaworthy.git`;
  const ref = `refs/heads/${branch}`;
  const env = gitEnvironment(process.env, { url, token: await token(), root: join(stateDir, 'trust', 'root.pem') });
  const git = async (...words: string[]): Promise<CommandResult> => runCommand('git', ['-C', root, ...words], { env });
  const { code, stderr } = await git('push', '--quiet', url, `${commit}:${ref}`);
  if (code === 0) return;
  const tip = (await git('ls-remote', url, ref)).stdout.slice(0, commit.length);
  throw refusal({
    commit,
    branch,
    tip,
    relation: await relationOf(git, commit, tip),
    said: stderr.trim() || `git push ended with ${code}`,
  });
}

/** How a commit stands to the one that the platform has: as git knows it in this clone. */
type Relation = 'older' | 'beside' | 'on top' | 'unknown';

async function relationOf(git: (...words: string[]) => Promise<CommandResult>, commit: string, tip: string): Promise<Relation> {
  if (tip === '' || (await git('cat-file', '-e', `${tip}^{commit}`)).code !== 0) return 'unknown';
  const isAncestor = async (one: string, other: string): Promise<boolean> =>
    (await git('merge-base', '--is-ancestor', one, other)).code === 0;
  if (await isAncestor(tip, commit)) return 'on top';
  return (await isAncestor(commit, tip)) ? 'older' : 'beside';
}

interface Refusal {
  readonly commit: string;
  readonly branch: string;
  /** what the platform's branch is at; empty when that cannot be told */
  readonly tip: string;
  readonly relation: Relation;
  /** git's own words */
  readonly said: string;
}

/** The platform's history only grows (CSA practice 5.7): what was built stays in it, though it be amended here. */
export function refusal({ commit, branch, tip, relation, said }: Refusal): UserError {
  const last = tip.slice(0, 12);
  const words = said.split('\n').slice(-4).join('\n');
  const [found, remedy] = {
    older: [
      `it is older than ${last}, which is there already`,
      `git checkout the branch that has ${last}; to go back to what was before, git revert: that is a new commit`,
    ],
    beside: [
      `${last} is there, and not in the history of this commit: it was amended, rebased, or is of another branch`,
      `git reset --soft ${last} && git commit\nthat makes what you have now one commit on top of it; the working tree is not touched`,
    ],
    // histories are not what is wrong with it
    'on top': [words, 'mend what it names, and npm start again; docker compose logs pipeline may say more'],
    unknown: [
      words,
      `git pull, where somebody else's commit was built last; where its history is gone for good: npm run clean, and begin anew`,
    ],
  }[relation] as [string, string];
  return new UserError({
    code: 'FAILED',
    message: `The platform's repository did not take commit ${commit.slice(0, 12)}; what ran before still runs`,
    expected: `a commit on top of what its branch ${branch} has: its history only grows`,
    found,
    remedy,
  });
}

/**
 * The token, for the platform alone: git verifies whom it speaks to whatever the user's own settings say, which often say otherwise behind a proxy that
 * re-signs TLS. Not as arguments: other users of the machine can read those. Of git's settings, those for a longer URL win, and then the last: these.
 */
function gitEnvironment(
  { GIT_SSL_NO_VERIFY: _unverified, GIT_CONFIG_PARAMETERS: _later, ...environment }: NodeJS.ProcessEnv,
  { url, token, root }: { url: string; token: string; root: string },
): NodeJS.ProcessEnv {
  const settings = {
    [`http.${url}.extraHeader`]: `Authorization: Basic ${Buffer.from(`developer:${token}`).toString('base64')}`,
    [`http.${url}.sslVerify`]: 'true',
    // it goes to the loopback: neither the user's proxy nor his credential helpers have a part in it
    [`http.${url}.proxy`]: '',
    'credential.helper': '',
    // nor his hooks: they would run with the token
    'core.hooksPath': '/dev/null',
    // one commit to one branch, as it is: no tags beside it, nothing signed or said with it, and to this address
    'push.followTags': 'false',
    'push.gpgSign': 'false',
    'push.pushOption': '',
    'push.recurseSubmodules': 'no',
    [`url.${url}.insteadOf`]: url,
    [`url.${url}.pushInsteadOf`]: url,
  };
  const entries = Object.entries(settings);
  return {
    ...environment,
    // what it says is shown beside words of ours
    LC_ALL: 'C',
    GIT_SSL_CAINFO: root,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}
