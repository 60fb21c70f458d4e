import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { networkInterfaces } from 'node:os';
import { sweep } from '../src/jobs/sweep.ts';
import { ATTEMPT, bare, JOB, JobsFixture } from './jobs.fixture.ts';
import { OrdinaryNetwork, PEER } from './ordinary.network.ts';

const DIAL = `
import net from 'node:net';
import dns from 'node:dns';
const dial = (host, port) => attempt(() => new Promise((resolve, reject) => {
  const socket = net.connect({ host, port, timeout: 3000 }, () => { socket.destroy(); resolve('connected'); });
  socket.once('error', reject).once('timeout', () => { socket.destroy(); reject(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })); });
}));
const ask = (server) => attempt(async () => { const resolver = new dns.promises.Resolver({ timeout: 1500, tries: 1 }); resolver.setServers([server]); return (await resolver.resolve4('${PEER.name}')).length; });
const all = async (probes) => Object.fromEntries(await Promise.all(Object.entries(probes).map(async ([name, probe]) => [name, await probe])));`;

/** How it ends where there is no way: anything else, such as the name of an error of the probe's own, is no proof. */
const NO_ROUTE = { code: expect.stringMatching(/^(ENETUNREACH|EHOSTUNREACH|TIMEOUT)$/) };
const NO_NAME = { code: expect.stringMatching(/^(EAI_AGAIN|ENOTFOUND|TIMEOUT)$/) };
const NO_ANSWER = { code: expect.stringMatching(/^(ECONNREFUSED|ETIMEOUT|ESERVFAIL|EREFUSED|ENOTFOUND|ENODATA)$/) };
const CONNECTED = { ok: 'connected' };

describe('what a job can reach', () => {
  let fixture: JobsFixture;
  let ordinary: OrdinaryNetwork;
  let listener: Server;
  let port: number;
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
  );

  beforeAll(async () => {
    fixture = await JobsFixture.start();
    ordinary = await OrdinaryNetwork.start();
    listener = createServer((_request, response) => response.end('host'));
    await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
    const address = listener.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(async () => {
    listener.close();
    await ordinary.stop();
    await fixture.stop();
  });
  afterEach(async () => {
    expect(await fixture.engine.listVolumes()).toEqual([]);
    expect(await fixture.engine.listContainers()).toEqual([]);
  });

  /** Who is there and answers, for whoever gets as far. */
  const there = (gateway: string) => `{
    name: dial('${PEER.name}', ${PEER.port}),
    lookup: attempt(async () => { await dns.promises.lookup('${PEER.name}'); return 'found'; }),
    address: dial('${ordinary.address}', ${PEER.port}),
    dnsEngine: ask('127.0.0.11'),
    hostByName: dial('host.docker.internal', ${port}),
    ...Object.fromEntries(${JSON.stringify([gateway, ...addresses])}.map((host) => ['host at ' + host, dial(host, ${port})])),
  }`;

  describe.each([
    ['a job without a network', 'none'],
    ['a job that fetches', 'egress'],
  ] as const)('%s', (_what, network) => {
    it('reaches nothing: not by name, address, DNS, gateway or proxy', async () => {
      const program = `${DIAL}
        const nobody = {
          nowhere: dial('192.0.2.1', 443),
          gatewayOfOthers: dial('${ordinary.gateway}', ${port}),
          metadata: dial('169.254.169.254', 80),
          dnsHost: ask('${fixture.gateway}'),
          dnsPublic: ask('192.0.2.53'),
          proxy: dial('egress.seaworthy.internal', 3128),
        };
        say(await all({ ...${there(fixture.gateway)}, ...nobody }));
        process.exit(0);`;
      expect(await fixture.probe(program, { network, timeoutSeconds: 60 })).toEqual({
        name: NO_NAME,
        lookup: NO_NAME,
        hostByName: NO_NAME,
        proxy: NO_NAME,
        dnsEngine: NO_ANSWER,
        dnsHost: NO_ANSWER,
        dnsPublic: NO_ANSWER,
        address: NO_ROUTE,
        nowhere: NO_ROUTE,
        gatewayOfOthers: NO_ROUTE,
        metadata: NO_ROUTE,
        ...Object.fromEntries([fixture.gateway, ...addresses].map((host) => [`host at ${host}`, NO_ROUTE])),
      });
    });
  });

  it('would have reached them on an ordinary network: the probe itself works', async () => {
    const program = `${ATTEMPT}${DIAL}\nsay(await all(${there(ordinary.gateway)})); process.exit(0);`;
    const { name, lookup, address, dnsEngine, ...host } = (await ordinary.run(program)) as Record<string, unknown>;
    expect({ name, lookup, address, dnsEngine }).toEqual({
      name: CONNECTED,
      lookup: { ok: 'found' },
      address: CONNECTED,
      dnsEngine: { ok: 1 },
    });
    // where the engine runs in a machine of its own, the host has a name there
    expect(Object.values(host)).toContainEqual(CONNECTED);
  });

  it('finds no engine socket, no devices, no capabilities, and no way to more', async () => {
    const program = `
      import fs from 'node:fs';
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      const field = (name) => new RegExp(name + ':\\\\s*(.*)').exec(status)[1].trim();
      const sockets = [];
      const walk = (dir, depth) => { for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
        const path = (dir === '/' ? '' : dir) + '/' + entry.name;
        if (entry.isSocket() || /(docker|containerd)\\.sock/.test(entry.name)) sockets.push(path);
        else if (entry.isDirectory() && depth < 4 && !/^\\/(proc|sys)/.test(path)) { try { walk(path, depth + 1); } catch {} }
      } };
      walk('/', 0);
      say({
        sockets,
        user: process.getuid() + ':' + process.getgid(),
        capabilities: field('CapEff') + field('CapBnd'), noNewPrivileges: field('NoNewPrivs'), seccomp: field('Seccomp'),
        root: await attempt(() => fs.writeFileSync('/x', '')),
        workspace: await attempt(() => fs.writeFileSync('/workspace/x', '')),
        program: await attempt(() => fs.writeFileSync('/job/probe.js', '')),
        processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
        environment: Object.keys(process.env).filter((name) => /TOKEN|SECRET|PASSWORD|KEY/i.test(name)),
        secrets: fs.existsSync('/run/seaworthy') || fs.existsSync('/run/engine'),
      });`;
    expect(await fixture.probe(program)).toEqual({
      sockets: [],
      user: '65532:65532',
      capabilities: '0'.repeat(32),
      noNewPrivileges: '1',
      seccomp: '2',
      root: { code: 'EROFS' },
      workspace: { code: 'EROFS' },
      program: { code: 'EROFS' },
      processes: 1,
      environment: [],
      secrets: false,
    });
  });

  it('cannot use more than its limits: processes, memory, disk, time', async () => {
    const forks = `import { spawn } from 'node:child_process';
      let failed; for (let n = 0; n < 64 && !failed; n++) { const child = spawn('/usr/bin/sleep', ['20']); child.once('error', (error) => { failed = error.code; }); await new Promise((r) => setTimeout(r, 5)); }
      say({ failed });`;
    expect(await fixture.probe(forks)).toEqual({ failed: 'EAGAIN' });
    const disk = `import fs from 'node:fs'; say({ out: await attempt(() => fs.writeFileSync('/out/x', Buffer.alloc(8 * 2 ** 20))) , clean: fs.rmSync('/out/x', { force: true }) });`;
    expect(await fixture.probe(disk)).toMatchObject({ out: { code: 'ENOSPC' } });
    await expect(fixture.probe('const held = []; for (;;) held.push(Buffer.alloc(2 ** 22, 1));')).rejects.toMatchObject({
      code: 'JOB_OUT_OF_MEMORY',
    });
    await expect(fixture.probe('setInterval(() => {}, 1000);', { timeoutSeconds: 2 })).rejects.toMatchObject({ code: 'JOB_TIMED_OUT' });
  });

  it('is told apart when it says no, says nothing, or says nonsense', async () => {
    const result = (json: string): string =>
      `import fs from 'node:fs'; fs.writeFileSync('/out/result.json', ${JSON.stringify(json)}); process.exit(1);`;
    await expect(fixture.probe(result('{"outcome":"failed","summary":"2 tests failed","problems":["a.test.ts"]}'))).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: '2 tests failed\na.test.ts',
    });
    await expect(fixture.probe('process.exit(3)')).rejects.toMatchObject({ code: 'JOB_CRASHED' });
    await expect(fixture.probe(result('{"outcome":"great"}'))).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    await expect(fixture.probe(`import fs from 'node:fs'; fs.symlinkSync('/etc/passwd', '/out/result.json');`)).rejects.toMatchObject({
      code: 'OUTPUT_REFUSED',
    });
  });

  it('is not blamed for files that the engine has lost', async () => {
    const workspace = await fixture.open({ probe: 'say({});' }, [JOB]);
    try {
      const { id = '' } = (await fixture.engine.listContainers()).find(({ name }) => name.endsWith('.keeper')) ?? {};
      await fixture.engine.kill(id);
      await fixture.engine.wait(id, AbortSignal.timeout(10_000));
      await expect(workspace.run(JOB, new AbortController().signal)).rejects.toMatchObject({ code: 'VOLUMES_LOST' });
    } finally {
      await workspace.dispose();
    }
  });

  describe('what another job has left', () => {
    const PLANT = `
      import fs from 'node:fs';
      import { spawn } from 'node:child_process';
      for (const place of ['/tmp', '/out']) fs.writeFileSync(place + '/canary', 'canary');
      spawn('/usr/bin/sleep', ['300'], { detached: true, stdio: 'ignore' }).unref();
      say({ planted: true });`;
    const SEARCH = `
      import fs from 'node:fs';
      const found = [];
      const walk = (dir) => { for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
        const path = (dir === '/' ? '' : dir) + '/' + entry.name;
        if (entry.name === 'canary') found.push(path);
        else if (entry.isDirectory() && !/^\\/(proc|sys|usr)/.test(path)) { try { walk(path); } catch {} }
      } };
      walk('/');
      const sleeping = fs.readdirSync('/proc').filter((pid) => /^\\d+$/.test(pid)).filter((pid) => { try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('sleep'); } catch { return false; } });
      say({ found, sleeping, shared: fs.readdirSync('/dev/shm') });`;

    it('is not there: no file, no process, no shared memory, in the same run or the next', async () => {
      const [plant, search] = [
        { ...JOB, name: 'plant', program: 'plant' },
        { ...JOB, name: 'search', program: 'search' },
      ];
      const workspace = await fixture.open({ plant: PLANT, search: SEARCH }, [plant, search]);
      const clean = { found: [], sleeping: [], shared: [] };
      try {
        const { signal } = new AbortController();
        expect((await workspace.run(plant, signal)).facts).toEqual({ planted: true });
        expect((await workspace.run(search, signal)).facts).toEqual(clean);
      } finally {
        await workspace.dispose();
      }
      expect(await fixture.probe(SEARCH)).toEqual(clean);
    });

    it('is there when it was declared as an input: the search itself works', async () => {
      const [plant, search] = [
        { ...JOB, name: 'plant', program: 'plant' },
        { ...JOB, name: 'search', program: 'search', inputs: ['plant'] },
      ];
      const workspace = await fixture.open({ plant: PLANT, search: SEARCH }, [plant, search]);
      try {
        const { signal } = new AbortController();
        await workspace.run(plant, signal);
        expect((await workspace.run(search, signal)).facts).toMatchObject({ found: ['/in/plant/canary'] });
      } finally {
        await workspace.dispose();
      }
    });

    it('is removed by the next control plane when one was killed in the middle of a run', async () => {
      await fixture.open({ plant: PLANT }, [{ ...JOB, name: 'plant', program: 'plant' }]);
      expect(await fixture.engine.listContainers()).toHaveLength(1);
      await sweep(fixture.engine, fixture.project);
      const filters = encodeURIComponent(JSON.stringify({ label: [`dev.seaworthy.project=${fixture.project}`] }));
      expect(await bare('GET', `/containers/json?all=1&filters=${filters}`)).toEqual([]);
    });
  });
});
