import { scryptSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, identitySecrets, rotateIssuerKeys } from '@seaworthy/cli/ca';
import type { Service } from '@seaworthy/platform';
import { trustingDispatcher, trustingFetch, type TrustingFetch } from '@seaworthy/testing/fetch';
import type { Account } from '../src/people/accounts.ts';
import { createIdentityService } from '../src/identity.service.ts';

export const CLIENT_SECRETS = {
  catalog: 'catalog-'.padEnd(43, 'x'),
  edge: 'edge-'.padEnd(43, 'x'),
  pipeline: 'pipeline-'.padEnd(43, 'x'),
  deploy: 'deploy-'.padEnd(43, 'x'),
};
export const DEVELOPER = { name: 'developer', roles: ['developer'], password: 'correct horse battery staple' };

/** As the command line hashes a password, at the least cost that the service takes: tests guess a lot. */
export function accountOf({ name, roles, password }: typeof DEVELOPER): Account {
  const [salt, cost] = ['salt of a test', 2 ** 14];
  const hash = scryptSync(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 }).toString('base64url');
  return { name, roles, password: { salt: Buffer.from(salt).toString('base64url'), hash, cost } };
}

export interface RunningIdentity {
  /** the one that runs now */
  app: () => Service['app'];
  url: string;
  port: number;
  root: string;
  intermediate: string;
  fetch: TrustingFetch;
  /** who logged in, and whom it refused */
  audit: () => Record<string, unknown>[];
  /** what else it has logged, as far as its level lets pass */
  logged: (context: string) => Record<string, unknown>[];
  /** ends it and starts it anew, with the same secrets and the same data, at the same port */
  restart: () => Promise<void>;
  /** gives it new signing keys, as if it were `now`, and starts it anew */
  rotate: (now?: number) => Promise<void>;
  /** where it keeps what outlives it */
  dataDirectory: string;
  stop: () => Promise<void>;
}

/** The real service, over TLS, on a free loopback port, with an authority of its own. */
export async function startIdentity(environment: Record<string, string> = {}): Promise<RunningIdentity> {
  const dir = mkdtempSync(join(tmpdir(), 'seaworthy-identity-'));
  const authority = await createAuthority(join(dir, 'ca'));
  const ownSecrets = () => ({
    ...identitySecrets({ dir: join(dir, 'identity'), clientSecrets: CLIENT_SECRETS, people: [] }),
    'accounts.json': JSON.stringify([accountOf(DEVELOPER)]),
  });
  const secrets: Record<string, string> = { ...authority.secrets, ...ownSecrets() };
  const settings = { HOST: '127.0.0.1', LOG_LEVEL: 'silent', DATA_DIRECTORY: dir, ...environment };
  const lines: string[] = [];
  const create = async (onPort: number) =>
    createIdentityService({
      source: { environment: { ...settings, PORT: String(onPort) }, secret: (name) => secrets[name] },
      logDestination: { write: (line) => void lines.push(line) },
    });
  let service = await create(0);
  const { port } = await service.listen();
  const restart = async () => {
    await service.close();
    service = await create(port);
    await service.listen();
  };
  const dispatcher = trustingDispatcher(authority.root);
  const logged = (wanted: string) =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ context }) => context === wanted);
  return {
    app: () => service.app,
    url: `https://localhost:${port}`,
    port,
    root: authority.root,
    intermediate: authority.secrets['intermediate.pem'],
    fetch: trustingFetch(dispatcher),
    audit: () => logged('audit'),
    logged,
    dataDirectory: dir,
    restart,
    rotate: async (now) => {
      rotateIssuerKeys(join(dir, 'identity'), now);
      Object.assign(secrets, ownSecrets());
      await restart();
    },
    stop: async () => {
      await dispatcher.close();
      await service.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
