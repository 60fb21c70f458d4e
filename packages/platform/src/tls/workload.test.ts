import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testAuthority } from '@seaworthy/testing/trust';
import { loadWorkload } from './workload.ts';

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
    expect(loadWorkload({ name: 'catalog' }).root).toBe(root);
  });

  it('refuses to go on without one, and names the file', () => {
    expect(() => loadWorkload({ name: 'catalog' })).toThrow(`${dir}/root.pem: expected a readable file`);
  });
});
