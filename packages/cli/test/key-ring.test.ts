import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SIGNERS } from '@seaworthy/contracts';
import type { Signer } from '@seaworthy/contracts';
import { mainInstance } from '../src/instance.ts';
import type { Instance } from '../src/instance.ts';
import { keyRing, replaceSigningKeys } from '../src/start/key-ring.ts';

describe('keyRing', () => {
  let instance: Instance;
  const file = (name: string): string => join(instance.stateDir, 'secrets', name);
  beforeEach(() => {
    instance = { ...mainInstance('/nowhere', {}), stateDir: mkdtempSync(join(tmpdir(), 'seaworthy-keys-')) };
  });
  afterEach(() => rmSync(instance.stateDir, { recursive: true }));

  it('is the same each time', () => {
    expect(keyRing(instance)).toEqual(keyRing(instance));
  });

  it.each(['', 'cut sho'])('makes anew a secret that holds %p, when nothing depends on the old one', (damage) => {
    const before = keyRing(instance);
    writeFileSync(file('edge.client-secret'), damage);
    const after = keyRing(instance);
    expect(after.clientSecrets.edge).toMatch(/^[\w-]{43}$/);
    expect({ ...after.clientSecrets, edge: '' }).toEqual({ ...before.clientSecrets, edge: '' });
  });

  it.each(['gatekeeper.signing.key', 'database-password'])('refuses a damaged %s: what is kept needs the old one', (name) => {
    keyRing(instance);
    const whole = readFileSync(file(name), 'utf8');
    writeFileSync(file(name), whole.slice(0, 20));
    expect(() => keyRing(instance)).toThrow(
      expect.objectContaining({
        code: 'HOST_NOT_READY',
        message: expect.stringContaining(name),
        remedy: expect.stringContaining('npm run clean'),
      }),
    );
    writeFileSync(file(name), whole);
    expect(() => keyRing(instance)).not.toThrow();
  });

  it.each([
    ['gatekeeper', ['gatekeeper']],
    ['pipeline', ['pipeline', 'gatekeeper']],
    ['image-builder', ['image-builder', 'gatekeeper']],
  ] as const)('trusts the old key of the %s no more once it is replaced, nor the verdicts that may stand on it', (signer, replaced) => {
    const before = keyRing(instance);
    expect(replaceSigningKeys(instance, signer)).toEqual(replaced);
    const after = keyRing(instance);
    for (const name of SIGNERS) {
      const isNew = (replaced as readonly Signer[]).includes(name);
      expect([
        after.signingKeys[name] !== before.signingKeys[name],
        after.signerPublicKeys[name] !== before.signerPublicKeys[name],
      ]).toEqual([isNew, isNew]);
      expect(createPublicKey(after.signingKeys[name]).export({ type: 'spki', format: 'pem' })).toBe(after.signerPublicKeys[name]);
      expect(statSync(file(`${name}.signing.key`)).mode & 0o777).toBe(0o600);
    }
    const { signingKeys: _keys, signerPublicKeys: _publicKeys, ...rest } = before;
    expect(after).toMatchObject(rest);
    expect(keyRing(instance)).toEqual(after);
  });
});
