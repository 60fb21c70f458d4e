import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testAuthority } from '@seaworthy/testing';
import type { PlatformAccess } from '../../src/platform/access.ts';
import { pushCommit } from '../../src/platform/push.ts';

/** What a repository without a branch says of itself (gitprotocol-http, "Smart Clients"; gitprotocol-common, pkt-line). */
const REFS = ['# service=git-receive-pack\n', undefined, `${'0'.repeat(40)} capabilities^{}\0report-status\n`, undefined]
  .map((line) => (line === undefined ? '0000' : `${(line.length + 4).toString(16).padStart(4, '0')}${line}`))
  .join('');

describe('a push to the platform, by the git of who started it', () => {
  const before = { ...process.env };
  let folder: string;
  let commit: string;
  let servers: { own: Server; strange: Server };
  /** what was shown to each server, whoever it is */
  let heard: (string | undefined)[];
  /** what was pushed to any of them */
  let sent: Buffer[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'push-'));
    const root = join(folder, 'clone');
    const git = (...words: string[]): string => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).trim();
    mkdirSync(root);
    git('init', '--quiet');
    git('-c', 'user.name=a', '-c', 'user.email=a@test', 'commit', '--quiet', '--allow-empty', '--message=one');
    commit = git('rev-parse', 'HEAD');
    git('-c', 'user.name=a', '-c', 'user.email=a@test', 'tag', '--annotate', '--message=one', 'v1');
    const hook = join(root, '.git/hooks/pre-push');
    mkdirSync(join(root, '.git/hooks'), { recursive: true });
    writeFileSync(hook, `#!/bin/sh\nenv > '${join(folder, 'hooked')}'\n`);
    chmodSync(hook, 0o755);

    const [platform, stranger] = [await testAuthority(), await testAuthority()];
    mkdirSync(join(folder, 'trust'));
    writeFileSync(join(folder, 'trust/root.pem'), platform.root);
    servers = { own: await listening(await platform.issue('localhost')), strange: await listening(await stranger.issue('localhost')) };
  });
  beforeEach(() => {
    heard = [];
    sent = [];
    process.env['HOME'] = mkdtempSync(join(folder, 'home-'));
    delete process.env['XDG_CONFIG_HOME'];
  });
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  });
  afterAll(async () => {
    for (const server of Object.values(servers)) server.close();
    rmSync(folder, { recursive: true });
  });

  async function listening(material: { cert: string; key: string }): Promise<Server> {
    const server = createServer(material, (request, response) => {
      heard.push(request.headers.authorization);
      if (request.method === 'POST') void buffer(request).then((body) => sent.push(body) && response.writeHead(500).end());
      else response.setHeader('content-type', 'application/x-git-receive-pack-advertisement').end(REFS);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }
  const push = async (server: Server): Promise<void> => {
    const ports = { pipeline: (server.address() as AddressInfo).port };
    const access = { instance: { root: join(folder, 'clone'), ports, stateDir: folder } } as unknown as PlatformAccess;
    await pushCommit(access, async () => 'a-token', commit);
  };
  const configure = (text: string): void => writeFileSync(join(process.env['HOME'] ?? '', '.gitconfig'), text);

  it('shows its token to the platform, and to no hook', async () => {
    await expect(push(servers.own)).rejects.toMatchObject({ code: 'FAILED' }); // it takes no pack
    expect(new Set(heard)).toEqual(new Set([`Basic ${Buffer.from('developer:a-token').toString('base64')}`]));
    expect(existsSync(join(folder, 'hooked'))).toBe(false);
  });

  it.each<[string, (url: string) => string]>([
    ['sends tags along', () => '[push]\n\tfollowTags = true\n'],
    ['signs what is pushed', () => '[push]\n\tgpgSign = true\n'],
    ['says something with it', () => '[push]\n\tpushOption = ci.skip\n'],
    ['goes to another address', (url) => `[url "https://nowhere.example/"]\n\tinsteadOf = ${url}\n`],
    ['pushes to another address', (url) => `[url "https://nowhere.example/"]\n\tpushInsteadOf = ${url}\n`],
  ])('sends the commit to its branch and nothing else, where git by itself %s', async (_what, settings) => {
    configure(settings('https://localhost:'));
    await expect(push(servers.own)).rejects.toMatchObject({ code: 'FAILED' });
    expect(sent.map((body) => body.toString('latin1').match(/[0-9a-f]{40} refs\/[^\0\n]+/g))).toEqual([[`${commit} refs/heads/main`]]);
  });

  describe('when somebody else answers', () => {
    it.each<[string, () => void]>([
      ['as git is', () => undefined],
      ['told to verify nobody', () => configure('[http]\n\tsslVerify = false\n')],
      [
        'told to verify nobody at this address',
        () => configure(`[http "https://localhost:${(servers.strange.address() as AddressInfo).port}"]\n\tsslVerify = false\n`),
      ],
      ['told to verify nobody by a variable', () => void (process.env['GIT_SSL_NO_VERIFY'] = '1')],
      ['called by a git that was told to verify nobody', () => void (process.env['GIT_CONFIG_PARAMETERS'] = "'http.sslverify'='false'")],
    ])('says nothing to it, %s', async (_what, prepare) => {
      prepare();
      await expect(push(servers.strange)).rejects.toMatchObject({ found: expect.stringMatching(/certificate|SSL/i) });
      expect(heard).toEqual([]);
    });
  });
});
