import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CardKeysConfig } from './card-keys.config.ts';
import { CardNumber } from './card-number.ts';
import { CardVault } from './card.vault.ts';

const NUMBER = CardNumber.parse('4242424242424242') as CardNumber;
const newKey = () => randomBytes(32).toString('base64url');
const vaultOf = (...keys: string[]) => new CardVault(new CardKeysConfig({ keys: keys.join(' ') }));
const withCode = (code: string) => expect.objectContaining({ name: 'VaultError', code });

describe('the vault of cards', () => {
  it('gives back what it sealed, which shows nothing of it', () => {
    const vault = vaultOf(newKey());
    const token = randomUUID();
    const sealed = vault.seal(NUMBER, token);
    expect(vault.open(sealed, token).reveal()).toBe(NUMBER.reveal());
    expect(sealed.sealed.toString('latin1')).not.toContain('4242');
    expect(sealed.key_id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('seals the same number in another way each time', () => {
    const vault = vaultOf(newKey());
    const token = randomUUID();
    const seals = new Set(Array.from({ length: 50 }, () => vault.seal(NUMBER, token).sealed.toString('hex')));
    expect(seals.size).toBe(50);
  });

  it('notices every changed bit', () => {
    const vault = vaultOf(newKey());
    const token = randomUUID();
    const { sealed, key_id } = vault.seal(NUMBER, token);
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const altered = Buffer.from(sealed);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => vault.open({ sealed: altered, key_id }, token)).toThrow(withCode('SEAL_BROKEN'));
      }),
    );
  });

  it.each([0, 5, 12, 28, 40])('opens nothing that was cut to %i bytes', (length) => {
    const vault = vaultOf(newKey());
    const token = randomUUID();
    const { sealed, key_id } = vault.seal(NUMBER, token);
    expect(() => vault.open({ sealed: sealed.subarray(0, length), key_id }, token)).toThrow(withCode('SEAL_BROKEN'));
  });

  it('opens no seal under the token of another card: rows cannot be swapped', () => {
    const vault = vaultOf(newKey());
    expect(() => vault.open(vault.seal(NUMBER, randomUUID()), randomUUID())).toThrow(withCode('SEAL_BROKEN'));
  });

  describe('when keys are rotated', () => {
    const [first, second] = [newKey(), newKey()];
    const token = randomUUID();
    const before = vaultOf(first).seal(NUMBER, token);

    it('opens with the old key, and seals with the new one', () => {
      const vault = vaultOf(second, first);
      expect(vault.open(before, token).reveal()).toBe(NUMBER.reveal());
      expect(vault.seal(NUMBER, token).key_id).toBe(vaultOf(second).seal(NUMBER, token).key_id);
      expect(vault.seal(NUMBER, token).key_id).not.toBe(before.key_id);
    });

    it('says which one is missing once the old one is gone', () => {
      expect(() => vaultOf(second).open(before, token)).toThrow(withCode('KEY_UNKNOWN'));
    });
  });
});
