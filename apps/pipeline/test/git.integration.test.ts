import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GitHttp, rightFor } from '../src/source/git.http.ts';
import { GitRepository } from '../src/source/git.repository.ts';
import { readSource } from '../src/source/source.archive.ts';

const run = promisify(execFile);

/** The repository behind a plain loopback server: TLS and tokens are tested where they are made. */
describe('the platform’s own repository', () => {
  let directory: string;
  let repository: GitRepository;
  let server: Server;
  let url: string;
  const clone = (): string => join(directory, 'clone');
  const git = async (...parameters: string[]): Promise<string> => {
    const { stdout, stderr } = await run(
      'git',
      ['-C', clone(), '-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', '-c', 'commit.gpgsign=false', ...parameters],
      {
        env: { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
      },
    );
    return stdout + stderr;
  };
  const commit = async (file: string, content: string): Promise<string> => {
    await writeFile(join(clone(), file), content);
    await git('add', '-A');
    await git('commit', '-q', '-m', `change ${file}`);
    return (await git('rev-parse', 'HEAD')).trim();
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repository-'));
    repository = await GitRepository.open(join(directory, 'repository.git'));
    const http = new GitHttp(repository);
    server = createServer((request, response) => {
      if (!rightFor(request.method ?? '', request.url ?? '')) response.writeHead(404).end();
      else http.serve(request, response, 'ada').catch((error: unknown) => response.writeHead(400).end(String(error)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is always an object
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git/seaworthy.git`;
    await run('git', ['init', '-q', '-b', 'main', clone()]);
    await git('remote', 'add', 'platform', url);
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('takes a push to main, and gives it back to a clone', async () => {
    const first = await commit('README.md', 'one');
    await git('push', 'platform', 'main');
    expect(await repository.tip()).toBe(first);
    expect(await repository.isOnMain(first)).toBe(true);
    await run('git', ['clone', '-q', url, join(directory, 'again')]);
    expect(await repository.subject(first)).toEqual({ author: 'Ada', title: 'change README.md' });
  });

  it.each([
    ['an object', ['hash-object', '-w', '/dev/null']],
    ['a branch', ['update-ref', 'refs/heads/changes/x']],
  ])('has %s on the disk before it says so: after a power cut it would be an empty file', async (_what, words) => {
    const first = await commit('README.md', 'one');
    await git('push', 'platform', 'main');
    const trace = join(directory, 'trace');
    const more = words[0] === 'update-ref' ? [first] : [];
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TRACE2_EVENT: trace };
    await run('git', ['--git-dir', join(directory, 'repository.git'), ...words, ...more], { env });
    expect(await readFile(trace, 'utf8')).toMatch(/"key":"fsync\/hardware-flush","value":"[1-9]/);
  });

  it('takes a push that is too large for one request', async () => {
    await commit('large.bin', Array.from({ length: 300_000 }, (_, n) => (n * 7919) % 10_007).join(' '));
    await git('-c', 'http.postBuffer=65536', '-c', 'core.compression=0', 'push', 'platform', 'main');
    expect(await repository.tip()).toBeDefined();
  });

  describe('when a push asks for more than a developer may', () => {
    beforeEach(async () => {
      await commit('README.md', 'one');
      await git('push', 'platform', 'main');
    });
    const expectRejected = async (reason: RegExp, ...push: string[]): Promise<void> => {
      const before = await repository.tip();
      await expect(git('push', ...push)).rejects.toMatchObject({ stderr: expect.stringMatching(reason) });
      expect(await repository.tip()).toBe(before);
    };

    it('refuses another branch', () =>
      expectRejected(/only refs\/heads\/main and refs\/heads\/changes\/<name> can be pushed/, 'platform', 'main:refs/heads/other'));
    it('refuses a tag', () =>
      expectRejected(/only refs\/heads\/main and refs\/heads\/changes\/<name> can be pushed/, 'platform', 'main:refs/tags/v1'));
    it('refuses a ref outside heads', () =>
      expectRejected(/only refs\/heads\/main and refs\/heads\/changes\/<name> can be pushed/, 'platform', 'main:refs/replace/x'));
    it('refuses to delete main', () => expectRejected(/a branch cannot be deleted/, 'platform', ':refs/heads/main'));
    it('refuses a good ref together with a bad one', async () => {
      await commit('README.md', 'two');
      await expectRejected(/refused together with another ref/, 'platform', 'main', 'main:refs/heads/other');
    });
    it('refuses a rewritten history, even by force', async () => {
      await git('commit', '-q', '--amend', '-m', 'other');
      await expectRejected(/non-fast-forward/, '--force', 'platform', 'main');
    });
  });

  it('takes a change that is proposed, and tells it apart from main', async () => {
    const released = await commit('README.md', 'one');
    await git('push', 'platform', 'main');
    const proposed = await commit('README.md', 'two');
    await git('push', 'platform', 'main:refs/heads/changes/two');
    expect([await repository.isOnMain(released), await repository.isOnMain(proposed)]).toEqual([true, false]);
    expect([await repository.isProposed('f'.repeat(40)), await repository.isProposed(proposed)]).toEqual([false, true]);
    expect(await repository.tip()).toBe(released);
  });

  it('is made right at a start, and not written where it is right: the disk may be full', async () => {
    const { directory: place } = repository;
    const files = [join(place, 'config'), join(place, 'info', 'attributes')];
    const written = async () =>
      Promise.all(files.map(async (file) => [await readFile(file, 'utf8'), (await stat(file)).ino, (await stat(file)).mtimeMs]));
    const asItWas = await written();
    await GitRepository.open(place);
    expect(await written()).toEqual(asItWas);
    await run('git', ['--git-dir', place, 'config', '--add', 'receive.denyDeletes', 'false']);
    await writeFile(files[1] ?? '', '* export-ignore\n');
    await GitRepository.open(place);
    expect((await run('git', ['--git-dir', place, 'config', '--get-all', 'receive.denyDeletes'])).stdout).toBe('true\n');
    expect(await readFile(files[1] ?? '', 'utf8')).toBe(asItWas[1]?.[0]);
  });

  it('speaks the smart protocol alone', () => {
    expect(rightFor('GET', '/git/seaworthy.git/info/refs?service=git-receive-pack')).toBe('push');
    expect(rightFor('GET', '/git/seaworthy.git/info/refs?service=git-upload-pack')).toBe('read');
    for (const path of [
      '/HEAD',
      '/config',
      '/objects/info/packs',
      '/info/refs',
      '/../x/info/refs?service=git-upload-pack',
      '/info/refs?service=git-upload-pack&x=1',
    ]) {
      expect(rightFor('GET', `/git/seaworthy.git${path}`)).toBeUndefined();
    }
  });

  it('never takes what begins with a dash, or a name, for a commit', async () => {
    await expect(repository.isOnMain('--upload-pack=x')).rejects.toMatchObject({ code: 'COMMIT_MALFORMED' });
    await expect(repository.isOnMain('main')).rejects.toMatchObject({ code: 'COMMIT_MALFORMED' });
    expect(await repository.isOnMain('0'.repeat(40))).toBe(false);
  });

  describe('when a small push is large once it is unpacked', () => {
    const MIB = 1024 ** 2;
    it('reads the title of a commit, and refuses the rest of its message', async () => {
      await writeFile(join(clone(), 'message'), `${'x'.repeat(8 * MIB)}\n`);
      await git('commit', '-q', '--allow-empty', '--cleanup=verbatim', '-F', 'message');
      await git('push', '-q', 'platform', 'main');
      const first = (await git('rev-parse', 'HEAD')).trim();
      expect(await repository.subject(first)).toEqual({ author: 'Ada', title: expect.stringMatching(/^x{150,200}\.{0,2}$/) });
      await expect(repository.commitObject(first)).rejects.toMatchObject({
        code: 'OUTPUT_TOO_LARGE',
        message:
          'git cat-file: expected at most 1048576 bytes, found more; a commit has a message, or a list of files, beyond what is read',
      });
    });
    it('refuses a list of files that is too long, and takes a long one', async () => {
      const importing = run('git', ['--git-dir', repository.directory, 'fast-import', '--quiet']);
      const paths = (count: number): string =>
        Array.from({ length: count }, (_one, at) => `M 644 inline ${at}${'x'.repeat(4000)}\ndata 0\n`).join('');
      const commits = [0, 2000, 4500].map(
        (count) => `commit refs/heads/main\ncommitter Ada <a@example.org> 0 +0000\ndata 0\ndeleteall\n${paths(count)}\n`,
      );
      importing.child.stdin?.end(commits.join(''));
      await importing;
      const names = await Promise.all(
        ['main~2', 'main~1', 'main'].map(async (name) =>
          (await run('git', ['--git-dir', repository.directory, 'rev-parse', name])).stdout.trim(),
        ),
      );
      const [base = '', long = '', tooLong = ''] = names;
      expect((await repository.changedFiles(base, long)).length).toBe(2000);
      const counted = repository.changedFiles(base, tooLong).then(({ length }) => length);
      await expect(counted).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE' });
    });
  });

  describe('when a commit is read as source', () => {
    it('takes the commit, not the working tree', async () => {
      await commit('package-lock.json', '{"packages":{}}');
      const first = await commit('a.txt', 'committed');
      await git('push', '-q', 'platform', 'main');
      await writeFile(join(clone(), 'a.txt'), 'dirty');
      expect((await readSource(repository.archive(first))).text('a.txt')).toBe('committed');
    });
    it('hides and rewrites nothing that its own attributes would', async () => {
      const content = 'a token $Format:%H$ $Id$\nof nobody.\n';
      await commit('package-lock.json', '{"packages":{}}');
      for (const file of ['hidden.txt', 'named.txt', 'wide.txt', 'filled.txt', 'lines.txt']) await commit(file, content);
      const attributes = [
        '[attr]named export-ignore',
        'hidden.txt export-ignore',
        'named.txt named',
        'wide.txt working-tree-encoding=UTF-16LE',
        'filled.txt export-subst ident',
        'lines.txt text eol=crlf',
      ];
      await writeFile(join(clone(), '.gitattributes'), `${attributes.join('\n')}\n`);
      await git('add', '.gitattributes');
      await git('commit', '-q', '-m', 'attributes');
      const first = (await git('rev-parse', 'HEAD')).trim();
      await git('push', '-q', 'platform', 'main');
      const { files } = await readSource(repository.archive(first));
      const found = files.filter(({ path }) => path.endsWith('.txt')).map(({ path, content: bytes }) => [path, bytes.toString('latin1')]);
      expect(Object.fromEntries(found)).toEqual({
        'filled.txt': content,
        'hidden.txt': content,
        'lines.txt': content,
        'named.txt': content,
        'wide.txt': content,
      });
    });
    it('refuses a link', async () => {
      await run('ln', ['-s', '/etc/passwd', join(clone(), 'link')]);
      const first = await commit('package-lock.json', '{"packages":{}}');
      await git('push', '-q', 'platform', 'main');
      await expect(readSource(repository.archive(first))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    });
    it('lets git go when nobody reads on', async () => {
      await commit('a.txt', 'x'.repeat(1024 ** 2));
      const first = await commit('package-lock.json', '{"packages":{}}');
      await git('push', '-q', 'platform', 'main');
      const spawned = jest.spyOn(repository, 'spawn');
      const archive = repository.archive(first);
      archive.once('readable', () => archive.destroy());
      const [child] = spawned.mock.results.map(({ value }) => value as ChildProcess);
      if (child === undefined) throw new Error('expected git to be started');
      try {
        await once(child, 'close', { signal: AbortSignal.timeout(30_000) });
      } finally {
        child.kill('SIGKILL');
        child.stdout?.destroy();
      }
    });
    it('refuses packages that come with the commit', async () => {
      await run('mkdir', [join(clone(), 'node_modules')]);
      await commit('package-lock.json', '{"packages":{}}');
      const first = await commit('node_modules/evil.js', 'x');
      await git('push', '-q', 'platform', 'main');
      await expect(readSource(repository.archive(first))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    });
  });
});
