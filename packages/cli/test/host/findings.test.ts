import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority } from '../../src/ca/index.ts';
import { examineDisk, examineMemory } from '../../src/host/findings/capacity.ts';
import { examineCertificates } from '../../src/host/findings/certificates.ts';
import { examineClock } from '../../src/host/findings/clock.ts';
import { assertNoErrors, type Finding } from '../../src/host/findings/finding.ts';
import { examineLeftovers } from '../../src/host/findings/leftovers.ts';
import { examinePorts } from '../../src/host/findings/ports.ts';
import { examineRegistryLogin } from '../../src/host/findings/registry-login.ts';
import type { PlatformContainer } from '../../src/host/platform-objects.ts';

const NOW = Date.UTC(2026, 0, 1);
const at = (milliseconds: number) => async (): Promise<Date> => new Date(NOW + milliseconds);
const failing = (code: string) => (): Promise<Date> =>
  Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));

describe('examineDisk', () => {
  it.each([
    [1e9, 'error'],
    [4e9, 'warning'],
    [50e9, 'ok'],
  ])('calls %d free bytes %s', async (free, level) => {
    const [finding] = await examineDisk(['/somewhere'], async () => free);
    expect(finding).toMatchObject({ level, ...(level === 'error' && { code: 'NO_SPACE' }) });
  });
});

describe('examineCertificates', () => {
  let stateDir: string;
  const DAY = 86_400_000;
  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'seaworthy-certificates-'));
    await createAuthority(join(stateDir, 'ca'), NOW);
  });
  afterAll(() => rmSync(stateDir, { recursive: true }));

  it.each([
    [0, 'ok', 'until 2026-04-01'],
    [59, 'ok', 'until 2026-04-01'],
    [61, 'warning', 'end on 2026-04-01, in 29 days'],
    [91, 'warning', 'ended on 2026-04-01'],
  ])('after %d days calls those of 90 days %s', (days, level, found) => {
    expect(examineCertificates(stateDir, NOW + days * DAY)).toEqual([
      expect.objectContaining({
        level,
        found: expect.stringContaining(found),
        ...(level !== 'ok' && { remedy: expect.stringContaining('npm start') }),
      }),
    ]);
  });

  it('says nothing where a start will make them', () => {
    expect(examineCertificates(join(stateDir, 'none'))).toEqual([]);
  });
});

describe('examineMemory', () => {
  it.each([
    [1e9, 'error'],
    [2e9, 'warning'],
    [8e9, 'ok'],
  ])('calls %d free bytes %s', async (free, level) => {
    await expect(examineMemory(async () => free)).resolves.toMatchObject({ level });
  });
});

describe('examineRegistryLogin', () => {
  const REGISTRY = 'https://registry.example.test/npm';

  it.each([401, 403])('warns of a registry that answers %d to somebody without a token, as jobs are', async (status) => {
    const asked: string[] = [];
    const findings = await examineRegistryLogin(REGISTRY, async (url) => asked.push(url) && status);
    expect(findings).toEqual([
      expect.objectContaining({ level: 'warning', found: expect.stringContaining(`registry.example.test wants one (${status})`) }),
    ]);
    expect(asked).toEqual(['https://registry.example.test/npm/typescript']);
  });

  it.each([200, 301, 405])('takes one that answers %d', async (status) => {
    expect(await examineRegistryLogin(REGISTRY, async () => status)).toMatchObject([{ level: 'ok' }]);
  });

  it('leaves it to others to tell of one that is away, or none', async () => {
    expect(await examineRegistryLogin(REGISTRY, async () => Promise.reject(new Error('away')))).toEqual([]);
    expect(await examineRegistryLogin('', async () => 401)).toEqual([]);
  });

  it('asks a real one, without credentials', async () => {
    const seen: unknown[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(request.method, request.url, request.headers.authorization);
      response.writeHead(401).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await examineRegistryLogin(`http://127.0.0.1:${port}/`)).toMatchObject([{ level: 'warning' }]);
    expect(seen).toEqual(['HEAD', '/typescript', undefined]);
    server.close();
  });
});

describe('examineClock', () => {
  it('takes a small difference', async () => {
    const findings = await examineClock(['https://one.test/'], at(90_000), () => NOW);
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok']);
  });

  it.each([
    [-600_000, 'ahead'],
    [600_000, 'behind'],
  ])('refuses a server that is %d ms away: the clock is %s', async (offset, word) => {
    const findings = await examineClock(['https://one.test/'], at(offset), () => NOW);
    expect(findings).toContainEqual(
      expect.objectContaining({ id: 'clock', level: 'error', code: 'CLOCK_OFF', found: `10 min 00 s ${word}` }),
    );
  });

  describe('when certificates are not valid yet', () => {
    it('blames the clock, not the server', async () => {
      const findings = await examineClock(['https://one.test/'], failing('CERT_NOT_YET_VALID'), () => NOW);
      expect(findings).toEqual([expect.objectContaining({ id: 'clock', code: 'CLOCK_OFF' })]);
    });
  });

  describe('when nobody answers', () => {
    it('warns, and names each with its reason', async () => {
      const findings = await examineClock(['https://one.test/', 'http://two.test/'], failing('ECONNREFUSED'), () => NOW);
      expect(findings).toEqual([
        expect.objectContaining({ id: 'network', level: 'warning', found: 'one.test: ECONNREFUSED; two.test: ECONNREFUSED' }),
      ]);
    });
  });
});

describe('examinePorts', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  it('finds a port that is taken, and who took it', async () => {
    const listening = createServer();
    server = listening;
    await new Promise<void>((settle) => listening.listen(0, '127.0.0.1', settle));
    const { port } = listening.address() as AddressInfo;
    const [finding] = await examinePorts({ edge: port });
    expect(finding).toMatchObject({ level: 'error', code: 'PORT_TAKEN', remedy: expect.stringContaining('SEAWORTHY_EDGE_PORT=') });
    expect(finding?.found).toContain(`(pid ${process.pid})`);
  });

  it('takes a port that the running platform holds itself', async () => {
    const taken = { isFree: async () => false, holder: async () => 'docker-proxy (pid 7)' };
    await expect(examinePorts({ edge: 8443 }, [8443], taken)).resolves.toEqual([expect.objectContaining({ level: 'ok' })]);
  });

  it('names the variable whose value is no port', async () => {
    await expect(examinePorts({ edge: Number.NaN })).resolves.toEqual([
      expect.objectContaining({ id: 'SEAWORTHY_EDGE_PORT', level: 'error' }),
    ]);
  });
});

describe('examineLeftovers', () => {
  it('says nothing of a platform that runs as it should', async () => {
    const containers = [container({}), container({ service: 'postgres-init', state: 'exited', status: 'Exited (0) 2 minutes ago' })];
    await expect(examineLeftovers(containers, '/nonexistent')).resolves.toEqual([expect.objectContaining({ level: 'ok' })]);
  });

  it('says nothing of what a running pipeline keeps between runs', async () => {
    const containers = [container({ service: 'pipeline' }), container({ service: undefined, name: 'packages.cache.keeper' })];
    await expect(examineLeftovers(containers, '/nonexistent')).resolves.toEqual([expect.objectContaining({ level: 'ok' })]);
  });

  it('names services that ended, and counts what jobs left', async () => {
    const containers = [
      container({ service: undefined }),
      container({ service: 'catalog', state: 'exited', status: 'Exited (137) 1 minute ago' }),
    ];
    const [finding] = await examineLeftovers(containers, '/nonexistent');
    expect(finding).toMatchObject({ level: 'warning', found: expect.stringMatching(/1 container\(s\).*catalog/) });
  });
});

describe('assertNoErrors', () => {
  const error = (id: string): Finding => ({ id, level: 'error', code: 'PORT_TAKEN', expected: 'free', found: 'taken', remedy: 'stop it' });

  it('lets warnings pass', () => {
    expect(() => assertNoErrors([{ ...error('memory'), level: 'warning' }])).not.toThrow();
  });

  it('names everything that is wrong at once', () => {
    expect(() => assertNoErrors([error('port 1'), error('port 2')])).toThrow(
      expect.objectContaining({ code: 'PORT_TAKEN', message: expect.stringContaining('port 1, port 2') }),
    );
  });
});

function container(given: Partial<PlatformContainer>): PlatformContainer {
  return {
    id: 'a',
    project: 'seaworthy',
    service: 'edge',
    name: 'edge',
    image: 'sha256:0',
    state: 'running',
    status: 'Up 1 minute',
    ports: [],
    ...given,
  };
}
