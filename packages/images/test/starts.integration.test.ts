import { createHash } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { builtImage, docker, eventually, LABEL, load, runHardened, startHardened } from './repository.fixture.ts';

const TMP = '--tmpfs=/tmp:size=16m,mode=1777';
const OFFLINE = '--network=none';
/** Public half of a throw-away NATS key, as a list of users names it. */
const NATS_USER = 'UBF7SNEWNPZF523R43QG2PQ2N7EPSKQNVUD7A3X4Q2AKDBKMZWQEAY24';

/** Every image as the platform runs it: read-only root, no capabilities, uid 65532. */
describe('as the platform runs it', () => {
  const undo: (() => Promise<unknown>)[] = [];
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    for (const name of ['node', 'node-git', 'toolbox', 'postgres', 'postgres-init', 'valkey', 'nats', 'haproxy', 'registry', 'squid']) {
      const { layoutDir, configDigest } = await builtImage(name);
      const { found } = await load(layoutDir);
      expect(found).toBe(configDigest);
      ids[name] = configDigest;
    }
  });
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });

  const volume = async (files: Record<string, string> = {}): Promise<string> => {
    const name = (await docker('volume', 'create', LABEL)).output.trim();
    undo.push(() => docker('volume', 'rm', '--force', name));
    for (const [file, content] of Object.entries(files)) {
      const script = `printf %s "$CONTENT" >/v/${file}; chown 65532:65532 /v/${file}; chmod 400 /v/${file}`;
      await docker(
        'run',
        '--rm',
        LABEL,
        '--user=0:0',
        OFFLINE,
        `--volume=${name}:/v`,
        `--env=CONTENT=${content}`,
        ids['toolbox']!,
        '/usr/bin/sh',
        '-c',
        script,
      );
    }
    return name;
  };

  describe('node', () => {
    it('runs, and has no shell to run', async () => {
      expect((await runHardened(ids['node']!, [OFFLINE], ['--version'])).output).toMatch(/^v24\./);
      expect((await docker('run', '--rm', LABEL, OFFLINE, '--entrypoint=/bin/sh', ids['node']!, '-c', 'true')).code).not.toBe(0);
    });
  });

  describe('node-git', () => {
    it('serves a repository by its HTTP backend, without a shell', async () => {
      const program = `
        const { execFileSync } = require('node:child_process');
        execFileSync('git', ['init', '--quiet', '--bare', '/tmp/r.git']);
        execFileSync('git', ['-C', '/tmp/r.git', 'config', 'http.receivepack', 'true']);
        const env = { ...process.env, GIT_PROJECT_ROOT: '/tmp', GIT_HTTP_EXPORT_ALL: '1', REMOTE_USER: 'x', REQUEST_METHOD: 'GET', PATH_INFO: '/r.git/info/refs' };
        for (const service of ['git-upload-pack', 'git-receive-pack'])
          console.log(execFileSync('git', ['http-backend'], { env: { ...env, QUERY_STRING: 'service=' + service } }).toString().split('\\n').find((line) => line.startsWith('Content-Type')));`;
      const { output } = await runHardened(ids['node-git']!, [OFFLINE, TMP], ['--eval', program]);
      expect(output).toContain('application/x-git-upload-pack-advertisement');
      expect(output).toContain('application/x-git-receive-pack-advertisement');
    });
  });

  describe('toolbox', () => {
    it('has what jobs need', async () => {
      const script = 'node --version && npm --version && git --version && cosign version && skopeo --version && id -u';
      const { code, output } = await runHardened(ids['toolbox']!, [OFFLINE, TMP], ['/usr/bin/sh', '-c', script]);
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/git version[^]*skopeo version[^]*65532/) });
    });
  });

  describe('postgres', () => {
    it('starts on what postgres-init has made, once, and answers', async () => {
      const data = await volume();
      const secrets = await volume({ 'database-owner-password': 'owner-1', 'database-password': 'user-1' });
      const init = [OFFLINE, TMP, `--volume=${data}:/var/lib/postgresql`, `--volume=${secrets}:/run/seaworthy/secrets:ro`];
      expect(await runHardened(ids['postgres-init']!, init)).toMatchObject({
        code: 0,
        output: expect.stringContaining('made /var/lib/postgresql/data'),
      });
      expect(await runHardened(ids['postgres-init']!, init)).toMatchObject({ code: 0, output: expect.stringContaining('nothing to do') });
      const run = ['--tmpfs=/run/postgresql:size=1m,uid=65532,gid=65532', '--shm-size=128m'];
      const { id, stop } = await startHardened(ids['postgres']!, [OFFLINE, TMP, ...run, `--volume=${data}:/var/lib/postgresql`]);
      undo.push(stop);
      const ready = (): ReturnType<typeof docker> =>
        docker('exec', id, '/usr/lib/postgresql/17/bin/pg_isready', '--host=127.0.0.1', '--dbname=catalog');
      expect((await eventually(ready, ({ code }) => code === 0)).output).toContain('accepting connections');
    });

    it('refuses a password that could be more than a password', async () => {
      const [data, secrets] = [await volume(), await volume({ 'database-owner-password': "x'; DROP", 'database-password': 'y' })];
      const init = [OFFLINE, TMP, `--volume=${data}:/var/lib/postgresql`, `--volume=${secrets}:/run/seaworthy/secrets:ro`];
      expect(await runHardened(ids['postgres-init']!, init)).toMatchObject({
        code: 1,
        output: expect.stringContaining('database-owner-password'),
      });
    });
  });

  describe('valkey', () => {
    it('answers who is on its list, and nobody else', async () => {
      const hash = createHash('sha256').update('pw').digest('hex');
      const secrets = await volume({ 'users.acl': `user default off\nuser catalog on #${hash} ~* +@all -@admin -@dangerous\n` });
      const { id, stop } = await startHardened(ids['valkey']!, [OFFLINE, TMP, `--volume=${secrets}:/run/seaworthy/secrets:ro`]);
      undo.push(stop);
      const ping = (...login: string[]): ReturnType<typeof docker> => docker('exec', id, '/usr/bin/valkey-cli', ...login, 'ping');
      expect(
        (
          await eventually(
            () => ping('--user', 'catalog', '--pass', 'pw'),
            ({ output }) => output.includes('PONG'),
          )
        ).output,
      ).toContain('PONG');
      expect((await ping()).output).toContain('NOAUTH');
    });

    it('does not start without its list', async () => {
      expect((await runHardened(ids['valkey']!, [OFFLINE, TMP])).code).not.toBe(0);
    });
  });

  describe('nats', () => {
    const program = `const socket = require('node:net').connect(4222, '127.0.0.1', () => socket.write('CONNECT {"verbose":true,"user":"x","pass":"y"}\\r\\nPING\\r\\n'));
      socket.on('data', (data) => process.stdout.write(data)).on('error', () => process.exit(1)).on('close', () => process.exit(0));`;

    it('keeps messages on its volume for who has a key, and refuses passwords', async () => {
      const [data, secrets] = [
        await volume(),
        await volume({ 'users.conf': `accounts { A: { jetstream: enabled, users: [{ nkey: ${NATS_USER} }] } }\n` }),
      ];
      const { id, stop } = await startHardened(ids['nats']!, [
        OFFLINE,
        TMP,
        `--volume=${data}:/var/lib/nats`,
        `--volume=${secrets}:/run/seaworthy/secrets:ro`,
      ]);
      undo.push(stop);
      const ask = (): ReturnType<typeof docker> =>
        docker('run', '--rm', LABEL, `--network=container:${id}`, ids['node']!, '--eval', program);
      const { output } = await eventually(ask, ({ code }) => code === 0);
      expect(output).toContain('"jetstream":true');
      expect(output).toContain('Authorization Violation');
    });

    it('does not start without its accounts', async () => {
      expect((await runHardened(ids['nats']!, [OFFLINE, TMP])).code).not.toBe(0);
    });
  });

  describe('haproxy', () => {
    it('accepts a configuration', async () => {
      const config = await volume({
        'check.cfg': 'defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nfrontend f\n  bind :8080\n',
      });
      const { code, output } = await runHardened(
        ids['haproxy']!,
        [OFFLINE, `--volume=${config}:/check:ro`],
        ['-c', '-f', '/check/check.cfg'],
      );
      expect({ code, output }).toMatchObject({ code: 0 });
    });

    it('finds no fault in its own but that no certificate is there yet', async () => {
      const { output } = await runHardened(ids['haproxy']!, [OFFLINE], ['-c', '-f', '/etc/haproxy/haproxy.cfg']);
      const faults = output.split('\n').filter((line) => /\[ALERT\].*haproxy\.cfg:\d+/.test(line));
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.filter((line) => !/unable to stat SSL certificate|Couldn't open the ca-file/.test(line))).toEqual([]);
    });
  });

  describe('registry', () => {
    it('answers on its socket', async () => {
      const [data, socket] = [await volume(), await volume()];
      const { stop } = await startHardened(ids['registry']!, [
        OFFLINE,
        `--volume=${data}:/var/lib/registry`,
        `--volume=${socket}:/run/registry`,
      ]);
      undo.push(stop);
      const program = `require('node:http').get({ socketPath: '/run/registry/registry.sock', path: '/v2/', agent: false }, (answer) => { console.log(answer.statusCode); process.exit(0); })`;
      const ask = (): ReturnType<typeof docker> =>
        runHardened(ids['node']!, [OFFLINE, `--volume=${socket}:/run/registry`], ['--eval', program]);
      expect((await eventually(ask, ({ code }) => code === 0)).output).toContain('200');
    });
  });

  describe('squid', () => {
    it('accepts its configuration with a list, and not without one', async () => {
      const list = await volume({ 'allow.conf': 'acl allowed dstdomain registry.example\n' });
      expect((await runHardened(ids['squid']!, [OFFLINE, TMP, `--volume=${list}:/run/squid:ro`], ['-k', 'parse'])).code).toBe(0);
      expect((await runHardened(ids['squid']!, [OFFLINE, TMP], ['-k', 'parse'])).code).not.toBe(0);
    });

    it('refuses a tunnel to a host that is not on the list', async () => {
      const list = await volume({ 'allow.conf': 'acl allowed dstdomain registry.example\n' });
      const { id, stop } = await startHardened(ids['squid']!, [OFFLINE, TMP, `--volume=${list}:/run/squid:ro`]);
      undo.push(stop);
      const program = `const request = require('node:http').request({ host: '127.0.0.1', port: 3128, method: 'CONNECT', path: 'elsewhere.example:443', agent: false });
        request.on('connect', ({ statusCode }) => { console.log(statusCode); process.exit(0); }).on('error', () => process.exit(1)).end();`;
      const ask = (): ReturnType<typeof docker> =>
        docker('run', '--rm', LABEL, `--network=container:${id}`, ids['node']!, '--eval', program);
      expect((await eventually(ask, ({ code }) => code === 0)).output).toContain('403');
    });
  });
});
