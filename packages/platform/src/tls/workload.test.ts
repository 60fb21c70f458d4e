import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { testAuthority } from '@seaworthy/testing/trust';
import { loadWorkload, WorkloadFiles } from './workload.ts';

describe('loadWorkload', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-workload-'));
    process.env['TRUST_DIRECTORY'] = dir;
    process.env['SECRETS_DIRECTORY'] = dir;
    writeFileSync(join(dir, 'client-secret'), 'a-secret');
  });
  afterEach(() => {
    delete process.env['TRUST_DIRECTORY'];
    delete process.env['SECRETS_DIRECTORY'];
    rmSync(dir, { recursive: true });
  });

  it('trusts the root that the operator put there', async () => {
    const { root } = await testAuthority();
    writeFileSync(join(dir, 'root.pem'), root);
    expect(loadWorkload({ name: 'catalog' }).root).toBe(root.trimEnd());
  });

  it('refuses to go on without one, and names the file', () => {
    expect(() => loadWorkload({ name: 'catalog' })).toThrow('root.pem: is required and not set');
  });

  it('refuses a client secret and a root that are bad in any way, by name, and tells nothing of them', async () => {
    const { root } = await testAuthority();
    const good = { environment: {}, secrets: { 'root.pem': root, 'client-secret': 'a-secret' } };
    const read = (_: object, folder: string) => loadWorkload({ name: 'catalog', secretsDir: folder, trustDir: folder });
    expect(configurationFaults([WorkloadFiles], good, read)).toEqual([]);
  });
});
