import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RegistryClient } from '@seaworthy/oci';
import { AccessModule, TokenVerifier } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { promotionFixture } from '@seaworthy/supply-chain/promotion-fixture';
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
  const issuer = await TestIssuer.create();
  const lines: string[] = [];
  const service = await createGatekeeper(
    {
      access: AccessModule.using({ useFactory: () => new TokenVerifier({ keys: issuer.keys }) }),
      registry: { useFactory: () => registry },
    },
    {
      source: {
        environment: { LOG_LEVEL: 'silent', POLICIES_DIR: POLICIES, TRUST_FILE: trustFile },
        secret: (name) => (name === 'signing.key' ? evidence.keys.gatekeeper.privateKey : undefined),
      },
      logDestination: { write: (line) => void lines.push(line) },
    },
  );

  const token = async (name: string, roles?: string[]) => (roles ? issuer.person(name, roles) : issuer.workload(name));
  const call = async (method: 'GET' | 'POST', url: string, { as, roles, body }: { as?: string; roles?: string[]; body?: object } = {}) => {
    const headers = as ? { authorization: `Bearer ${await token(as, roles)}` } : {};
    return service.app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  };
  return {
    evidence,
    app: service.app,
    registry,
    storage,
    trustFile,
    call,
    token,
    audit: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ context }) => context === 'audit'),
    stop: async () => {
      await service.close();
      await registry.close();
      await storage.stop();
      await rm(dir, { recursive: true });
    },
  };
}
