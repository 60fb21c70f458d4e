import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PlatformCertificate, TlsMaterial } from '@seaworthy/platform/tls';
import { testAuthority } from '@seaworthy/testing/trust';
import type { AgentConfig } from './agent.config.ts';
import { CertificateAgent, type Log } from './agent.ts';
import { bundle } from './certificate-file.ts';

const PAUSE_MS = 10;

describe('the certificate agent', () => {
  let dir: string;
  let config: AgentConfig;
  let agent: CertificateAgent;
  let following: Promise<void> | undefined;
  let end: AbortController;
  let haproxy: Server | undefined;
  const [first, second] = [{} as TlsMaterial, {} as TlsMaterial];
  const log = jest.fn<Log>();
  const said = () => log.mock.calls.map(([level, message]) => `${level}: ${message}`);

  beforeAll(async () => {
    const authority = await testAuthority();
    for (const material of [first, second]) Object.assign(material, await authority.issue('localhost'), { notAfter: new Date() });
  });
  beforeEach(() => {
    log.mockReset();
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-agent-'));
    config = { certificateFile: join(dir, 'edge.pem'), adminSocket: join(dir, 'admin.sock') } as AgentConfig;
    agent = new CertificateAgent(config, log, PAUSE_MS);
    end = new AbortController();
  });
  afterEach(async () => {
    end.abort();
    await following;
    haproxy?.close();
    haproxy = undefined;
    rmSync(dir, { recursive: true });
  });

  /** A HAProxy that notes what it is told, and refuses so many times before it accepts. */
  async function startHaproxy(refusals = 0): Promise<string[]> {
    const heard: string[] = [];
    haproxy = createServer((connection) => {
      connection.once('data', (text) => {
        heard.push(String(text));
        if (refusals-- > 0) connection.end('Cannot allocate memory!\n');
        else connection.end(String(text).startsWith('commit') ? 'Success!\n' : 'Transaction created\n');
      });
    });
    haproxy.listen(config.adminSocket);
    await once(haproxy, 'listening');
    return heard;
  }
  /** A certificate that is renewed as the test says, and an agent that follows it. */
  function follow(material: TlsMaterial): { material: TlsMaterial } {
    const certificate = Object.assign(new EventEmitter(), { material });
    following = agent.follow(certificate as unknown as PlatformCertificate, end.signal);
    return certificate;
  }
  const untilSaid = async (line: string) => {
    while (!said().includes(line)) await delay(PAUSE_MS);
  };
  const HANDED_OVER = 'info: certificate handed over';

  it('hands the certificate over, and each renewed one', async () => {
    const heard = await startHaproxy();
    const certificate = follow(first);
    await untilSaid(HANDED_OVER);
    expect(readFileSync(config.certificateFile, 'utf8')).toBe(bundle(first));
    log.mockReset();
    certificate.material = second;
    await untilSaid(HANDED_OVER);
    expect(readFileSync(config.certificateFile, 'utf8')).toBe(bundle(second));
    expect(heard.map((command) => command.slice(0, 6))).toEqual(['set ss', 'commit', 'set ss', 'commit']);
    expect(heard[2]).toContain(bundle(second));
  });

  describe('when HAProxy is away', () => {
    it('hands it over once HAProxy is there, and says each a single time', async () => {
      follow(first);
      await untilSaid('info: certificate written');
      await delay(5 * PAUSE_MS);
      const heard = await startHaproxy();
      await untilSaid(HANDED_OVER);
      expect(heard[0]).toContain(bundle(first));
      expect(said()).toEqual(['info: certificate written', HANDED_OVER]);
    });

    it('hands over what was renewed meanwhile, and that alone', async () => {
      const certificate = follow(first);
      await untilSaid('info: certificate written');
      certificate.material = second;
      await delay(5 * PAUSE_MS);
      const heard = await startHaproxy();
      await untilSaid(HANDED_OVER);
      await delay(5 * PAUSE_MS);
      expect(heard).toHaveLength(2);
      expect(heard[0]).toContain(bundle(second));
    });
  });

  describe('when HAProxy refuses', () => {
    it('tries until it is committed', async () => {
      await startHaproxy(3);
      follow(first);
      await untilSaid(HANDED_OVER);
      expect(said()).toEqual(['error: certificate written', HANDED_OVER]);
    });
  });
});
