import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findEngine, type EngineProbe } from '../../src/host/engine/engine.ts';
import { examineEngine } from '../../src/host/engine/engine.findings.ts';
import { answers } from './answers.ts';

const SOCKET = '/var/run/docker.sock';

describe('findEngine', () => {
  describe('when DOCKER_HOST names a socket', () => {
    it('asks only there', async () => {
      const { engine } = await findEngine(probe({ env: { DOCKER_HOST: 'unix:///run/other.sock' }, sockets: ['/run/other.sock', SOCKET] }));
      expect(engine).toEqual({ socketPath: '/run/other.sock', socketGroup: 999, version: '28.2.2', apiVersion: '1.50' });
    });
  });

  describe('when DOCKER_HOST names a socket where nobody answers', () => {
    it('looks nowhere else, and says which name led there', async () => {
      const search = await findEngine(probe({ env: { DOCKER_HOST: 'unix:///run/gone.sock' }, sockets: [SOCKET], fails: 'ENOENT' }));
      expect(search).toEqual({ refusals: [{ place: '/run/gone.sock', reason: 'ENOENT', isChosen: true }], isInstalled: false });
      expect(examineEngine(search)).toMatchObject({ code: 'ENGINE_UNREACHABLE', remedy: expect.stringContaining('unset DOCKER_HOST') });
    });
  });

  describe('when the docker client has a context of its own', () => {
    it('asks there before the usual places', async () => {
      const run = answers({ 'docker context inspect': { stdout: 'unix:///home/me/.colima/docker.sock\n' } });
      const { engine } = await findEngine(probe({ run, sockets: ['/home/me/.colima/docker.sock', SOCKET] }));
      expect(engine?.socketPath).toBe('/home/me/.colima/docker.sock');
    });
  });

  describe('when there is neither client nor socket', () => {
    it('finds nothing, and says how to install one', async () => {
      const finding = examineEngine(await findEngine(probe({ sockets: [] })));
      expect(finding).toMatchObject({
        level: 'error',
        code: 'ENGINE_MISSING',
        remedy: expect.stringContaining('apt-get install docker.io'),
      });
    });
  });

  describe('when one is installed and does not run', () => {
    it('says how to start it, and not to install what is there', async () => {
      const finding = examineEngine(await findEngine(probe({ sockets: [], programs: ['dockerd'] })));
      expect(finding).toMatchObject({ level: 'error', code: 'ENGINE_UNREACHABLE', found: expect.stringContaining('does not run') });
      expect(finding.remedy).toContain('systemctl start docker');
      expect(finding.remedy).not.toContain('install');
    });
  });

  describe('when the user may not use the socket', () => {
    it('names the group', async () => {
      const search = await findEngine(probe({ sockets: [SOCKET], fails: 'EACCES' }));
      expect(examineEngine(search)).toMatchObject({ code: 'ENGINE_UNREACHABLE', remedy: expect.stringContaining('usermod -aG docker') });
    });
  });

  describe('when the engine was killed and left its socket', () => {
    it('says that nobody answers there', async () => {
      const search = await findEngine(probe({ sockets: [SOCKET], fails: 'ECONNREFUSED' }));
      expect(examineEngine(search)).toMatchObject({ code: 'ENGINE_UNREACHABLE', found: expect.stringContaining('ECONNREFUSED') });
    });
  });

  describe('when the engine is on another machine', () => {
    it('refuses it', async () => {
      const search = await findEngine(probe({ env: { DOCKER_HOST: 'ssh://elsewhere' }, sockets: [SOCKET] }));
      expect(examineEngine(search)).toMatchObject({ level: 'error', remedy: expect.stringContaining('DOCKER_HOST') });
    });
  });
});

describe('findEngine, for real', () => {
  it('reads the version from a socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'seaworthy-engine-'));
    const socketPath = join(folder, 'engine.sock');
    const server = createServer((request, response) =>
      response.end(request.url === '/version' ? '{"Version":"19.03.15","ApiVersion":"1.40"}' : ''),
    );
    await new Promise<void>((settle) => server.listen(socketPath, settle));
    const before = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = `unix://${socketPath}`;
    try {
      const search = await findEngine();
      expect(search.engine).toMatchObject({ socketPath, version: '19.03.15' });
      expect(examineEngine(search).code).toBe('ENGINE_OLD');
    } finally {
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});

describe('examineEngine', () => {
  it.each(['20.10.24+dfsg1', '20.10.0', '23.0.1', '28.2.2', '29.0.0-rc.1'])('takes %s', (version) => {
    expect(examineEngine(of(version)).level).toBe('ok');
  });

  it.each(['19.03.15', '18.09.1', '20.9.9', '1.13.1'])('refuses %s as too old', (version) => {
    expect(examineEngine(of(version))).toMatchObject({ level: 'error', code: 'ENGINE_OLD', found: `docker ${version}` });
  });
});

function of(version: string): Awaited<ReturnType<typeof findEngine>> {
  return { engine: { socketPath: SOCKET, socketGroup: 0, version, apiVersion: '1.41' }, refusals: [], isInstalled: true };
}

function probe(given: {
  env?: NodeJS.ProcessEnv;
  run?: EngineProbe['run'];
  sockets: string[];
  programs?: string[];
  fails?: string;
}): EngineProbe {
  return {
    env: given.env ?? {},
    run: given.run ?? answers({}),
    exists: (path) => given.sockets.includes(path),
    hasProgram: (name) => given.programs?.includes(name) ?? false,
    group: () => 999,
    version: async () => {
      if (given.fails) throw Object.assign(new Error('connect'), { code: given.fails });
      return { Version: '28.2.2', ApiVersion: '1.50' };
    },
  };
}
