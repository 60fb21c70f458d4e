import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { mainInstance } from '../../src/instance.ts';
import { releasable, verificationFiles } from '../../src/start/verification-files.ts';

const signers = { 'image-builder': 'key of the builder', pipeline: 'key of the pipeline', gatekeeper: 'key of the gatekeeper' };

describe('what tools of others are given to verify releases', () => {
  const files = verificationFiles(mainInstance('/clone', { SEAWORTHY_REGISTRY_PORT: '6443' }), signers, ['catalog']);

  it('is each signer’s key under its own name', () => {
    for (const [name, key] of Object.entries(signers)) expect(files[`${name}.pub`]).toBe(key);
  });

  it('is a policy that believes the gatekeeper alone, by the names that containers and this machine have for the registry', () => {
    const { default: otherwise, transports } = JSON.parse(files['policy.json'] ?? '') as {
      default: object[];
      transports: { docker: Record<string, { keyData: string }[]> };
    };
    expect(otherwise).toEqual([{ type: 'reject' }]);
    const believed = Object.entries(transports.docker).map(([scope, rules]) => [
      scope,
      ...rules.map(({ keyData }) => Buffer.from(keyData, 'base64').toString()),
    ]);
    expect(believed).toEqual([
      ['registry.seaworthy.internal:5443/release', signers.gatekeeper],
      ['localhost:6443/release/catalog', signers.gatekeeper],
    ]);
    for (const [scope] of believed) expect(files['registries.d/seaworthy.yaml']).toContain(`"${scope}":`);
  });

  it('is about every service and every hardened image of the commit that was started', () => {
    const root = mkdtempSync(join(tmpdir(), 'seaworthy-released-'));
    for (const file of ['apps/catalog/service.yaml', 'apps/web/package.json', 'infra/images/node/image.yaml', 'infra/images/README.md']) {
      const path = join(root, '.seaworthy/source', file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    }
    expect(releasable(mainInstance(root, {}))).toEqual(['catalog', 'node']);
    rmSync(root, { recursive: true });
  });
});
