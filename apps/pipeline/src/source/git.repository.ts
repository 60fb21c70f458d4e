import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { archiveVerbatim } from '@seaworthy/supply-chain/verbatim-archive';
import { GitError } from './git.error.ts';

/** What is released comes from here. */
export const BRANCH = 'refs/heads/main';
/** Changes that are proposed: their commits go through every job, and are never published. */
export const CHANGES = 'refs/heads/changes/';

/** No push or fetch takes that long here; one that is held open gives its processes back. */
const TIME_LIMIT_MS = 600_000;

/**
 * What is read of git's answers. A push has a limit for what comes over the wire, which is compressed: a message of nothing but one letter is a
 * thousand times as large once it is unpacked, and the control plane would hold all of it.
 */
const COMMIT_BYTES = 1024 ** 2;
const LIST_BYTES = 16 * 1024 ** 2;

/** Made so at every start: what the repository accepts is decided here and not by what a file in a volume says. */
const SETTINGS: Readonly<Record<string, string>> = {
  'receive.denyNonFastForwards': 'true',
  'receive.denyDeletes': 'true',
  'receive.fsckObjects': 'true',
  'transfer.fsckObjects': 'true',
  'receive.maxInputSize': '200m',
  'receive.autogc': 'false',
  'receive.shallowUpdate': 'false',
  'receive.advertisePushOptions': 'false',
  'http.receivepack': 'true',
  'http.uploadpack': 'true',
  'core.hooksPath': '/dev/null',
  'gc.auto': '0',
  // what was pushed is on the disk when that is said: git leaves single objects and branches to the system, and a power cut leaves them empty
  'core.fsync': 'all',
  'uploadpack.allowFilter': 'false',
  // threads count as processes, of which the control plane has few
  'pack.threads': '1',
};

/** A bare repository without hooks: everything that it refuses, git itself or the control plane refuses, and no script runs. */
export class GitRepository {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(directory: string): Promise<GitRepository> {
    const repository = new GitRepository(directory);
    if (!existsSync(`${directory}/HEAD`)) {
      await mkdir(directory, { recursive: true });
      await repository.#run(['init', '--bare', '--quiet', '--initial-branch=main', '--template=', directory], { inRepository: false });
    }
    const found = await repository.#settings();
    for (const [name, value] of Object.entries(SETTINGS)) {
      // what is right already is not written again: a control plane has to start on a full disk as well
      if (found.get(name.toLowerCase())?.join('\0') !== value) await repository.#run(['config', '--replace-all', name, value]);
    }
    await archiveVerbatim(directory);
    return repository;
  }

  /** The commit at the tip of main, or nothing while the repository is empty. */
  async tip(): Promise<string | undefined> {
    return this.#run(['rev-parse', '--verify', '--quiet', BRANCH]).then(
      (commit) => commit.trim(),
      () => undefined,
    );
  }

  /** Whether the commit is part of main. */
  async isOnMain(commit: string): Promise<boolean> {
    checkCommit(commit);
    return this.#run(['merge-base', '--is-ancestor', commit, BRANCH]).then(
      () => true,
      () => false,
    );
  }

  /** Whether the commit is part of a change that was proposed. */
  async isProposed(commit: string): Promise<boolean> {
    checkCommit(commit);
    return this.#run(['for-each-ref', '--count=1', '--contains', commit, '--format=%(refname)', CHANGES]).then(
      (found) => found.trim() !== '',
      () => false,
    );
  }

  /** As much of both as people are shown. */
  async subject(commit: string): Promise<{ author: string; title: string }> {
    checkCommit(commit);
    const format = '%<(100,trunc)%an%x00%<(200,trunc)%s';
    const [author = '', title = ''] = (await this.#run(['log', '-1', '--no-show-signature', `--format=${format}`, commit])).split('\0');
    return { author: author.trim().slice(0, 100), title: title.trim().slice(0, 200) };
  }

  /** The commit as git stores it: headers, an empty line, the message. @throws GitError OUTPUT_TOO_LARGE */
  async commitObject(commit: string): Promise<Buffer> {
    checkCommit(commit);
    return this.#output(['cat-file', 'commit', commit]);
  }

  /** Where two histories part; undefined when they have nothing in common. */
  async forkPoint(base: string, commit: string): Promise<string | undefined> {
    checkCommit(base);
    checkCommit(commit);
    return this.#run(['merge-base', base, commit]).then(
      (found) => found.trim(),
      () => undefined,
    );
  }

  /** Every commit that is part of `commit` and not of `base`, newest first. @throws GitError OUTPUT_TOO_LARGE */
  async commitsSince(base: string, commit: string): Promise<string[]> {
    checkCommit(base);
    checkCommit(commit);
    return (await this.#run(['rev-list', commit, `^${base}`], { limit: LIST_BYTES })).split('\n').filter((line) => line !== '');
  }

  /** Paths whose content, mode or existence differs between two commits; a file that was renamed is two. @throws GitError OUTPUT_TOO_LARGE */
  async changedFiles(base: string, commit: string): Promise<string[]> {
    checkCommit(base);
    checkCommit(commit);
    return (await this.#run(['diff-tree', '-r', '-z', '--name-only', '--no-renames', base, commit], { limit: LIST_BYTES }))
      .split('\0')
      .filter((path) => path !== '');
  }

  /** A tar archive of exactly what the commit holds, whatever its own attributes say; one that is not whole ends with an error. */
  archive(commit: string): Readable {
    checkCommit(commit);
    const child = this.spawn(['archive', '--format=tar', commit]);
    const failed = text(child.stderr);
    const whole = new PassThrough();
    // that git has ended its output says nothing: its exit code tells whether that was all
    child.stdout.pipe(whole, { end: false });
    // a commit that is refused is not read to its end, and git would wait for its reader
    whole.once('close', () => {
      child.stdout.destroy();
      child.kill();
    });
    child.once('close', (code) => {
      if (code === 0) whole.end();
      else void failed.then((said) => whole.destroy(new GitError({ code: 'GIT_FAILED', message: `git archive: ${said.slice(0, 500)}` })));
    });
    return whole;
  }

  /**
   * git in this repository, with an environment of its own: no configuration of a user or of the system is read. Where no process can be
   * made, its output ends, and its exit code says so.
   */
  spawn(
    parameters: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    inRepository = true,
  ): ChildProcessWithoutNullStreams {
    const prefix = inRepository ? ['--git-dir', this.directory, ...parameters] : [...parameters];
    const child = spawn('git', prefix, {
      env: { ...this.environment, ...environment },
      stdio: 'pipe',
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    // an error that nobody listens to would end the control plane, and the run that is under way
    return child.on('error', () => undefined);
  }

  get environment(): Record<string, string> {
    return {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/nonexistent',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      // the volume may belong to another id than the one that git runs as
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: this.directory,
    };
  }

  /** All values of each name, which git gives in small letters; nothing where they cannot be read. */
  async #settings(): Promise<Map<string, string[]>> {
    const list = await this.#run(['config', '--list', '-z']).catch(() => '');
    const settings = new Map<string, string[]>();
    for (const entry of list.split('\0')) {
      const [name = '', ...value] = entry.split('\n');
      settings.set(name, [...(settings.get(name) ?? []), value.join('\n')]);
    }
    return settings;
  }

  async #run(parameters: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await this.#output(parameters, options)).toString('utf8');
  }

  async #output(parameters: readonly string[], { inRepository = true, limit = COMMIT_BYTES }: RunOptions = {}): Promise<Buffer> {
    const [command = ''] = parameters;
    const child = this.spawn(parameters, {}, inRepository);
    child.stdin.end();
    const closed = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
    try {
      const read = [readAtMost(child.stdout, limit, command), readAtMost(child.stderr, COMMIT_BYTES, command)] as const;
      const [output, errors, code] = await Promise.all([...read, closed]);
      if (code === 0) return output;
      throw new GitError({ code: 'GIT_FAILED', message: `git ${command}: ${errors.toString('utf8', 0, 500)}` });
    } finally {
      child.kill('SIGKILL');
    }
  }
}

interface RunOptions {
  readonly inRepository?: boolean;
  /** bytes */
  readonly limit?: number;
}

async function readAtMost(stream: Readable, limit: number, command: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      const found = `expected at most ${limit} bytes, found more; a commit has a message, or a list of files, beyond what is read`;
      throw new GitError({ code: 'OUTPUT_TOO_LARGE', message: `git ${command}: ${found}` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A full object name and nothing else: what begins with a dash, or names a branch, would be read differently by git. */
export function checkCommit(commit: string): void {
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new GitError({ code: 'COMMIT_MALFORMED', message: 'expected a commit as 40 hexadecimal digits' });
}
