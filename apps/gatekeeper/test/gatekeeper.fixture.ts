import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { RegistryClient } from '@seaworthy/oci';
import { AccessModule, TokenVerifier } from '@seaworthy/platform';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { promotionFixture } from '@seaworthy/supply-chain/promotion-fixture';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createGatekeeper } from '../src/gatekeeper.service.ts';

const POLICIES = resolve(import.meta.dirname, '../../../infra/policies');

/** The real gatekeeper with the real policies, before a registry in memory; tokens of a throw-away issuer. */
export async function startGatekeeper() {
  const storage = await MemoryRegistry.start();
  const registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
  const evidence = await promotionFixture(registry);
  const dir = await mkdtemp(join(tmpdir(), 'seaworthy-gatekeeper-'));
  const trustFile = join(dir, 'trust.json');
  await writeFile(trustFile, JSON.stringify(evidence.trust));
  const keys = await generateKeyPair('ES256', { extractable: true });
  const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'test' }] });
  const lines: string[] = [];
  const service = await createGatekeeper(
    {
      access: AccessModule.using({ useFactory: () => new TokenVerifier({ keys: { people: jwks, workloads: jwks } }) }),
      registry: { useFactory: () => registry },
    },
    {
      source: {
        environment: { POLICIES_DIR: POLICIES, TRUST_FILE: trustFile },
        secret: (name) => (name === 'signing.key' ? evidence.keys.gatekeeper.privateKey : undefined),
      },
      logDestination: { write: (line) => void lines.push(line) },
    },
  );

  const token = async (name: string, roles?: string[]) =>
    new SignJWT({ client_id: roles ? 'seaworthy-cli' : name, ...(roles && { roles }) })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
      .setIssuer(roles ? ISSUERS.people : ISSUERS.workloads)
      .setAudience(AUDIENCE)
      .setSubject(name)
      .setJti('test')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(keys.privateKey);
  const call = async (method: 'GET' | 'POST', url: string, { as, roles, body }: { as?: string; roles?: string[]; body?: object } = {}) => {
    const headers = as ? { authorization: `Bearer ${await token(as, roles)}` } : {};
    return service.app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  };
  return {
    evidence,
    registry,
    storage,
    trustFile,
    call,
    audit: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ context }) => context === 'audit'),
    stop: async () => {
      await service.close();
      await registry.close();
      await storage.stop();
      await rm(dir, { recursive: true });
    },
  };
}
