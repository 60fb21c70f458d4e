import { describe, expect, it } from '@jest/globals';
import { accountOf, DEVELOPER } from '../../test/identity.fixture.ts';
import { Accounts } from './accounts.ts';

const account = accountOf(DEVELOPER);

describe('Accounts', () => {
  const accounts = new Accounts([account]);

  it('knows who says the password, and nobody else', async () => {
    expect(await accounts.verify(DEVELOPER.name, DEVELOPER.password)).toBe(true);
    expect(await accounts.verify(DEVELOPER.name, `${DEVELOPER.password}.`)).toBe(false);
    expect(await accounts.verify('nobody', DEVELOPER.password)).toBe(false);
  });

  it('asks as much work of a name that has no account: what one cannot be hashed with, neither can the other', async () => {
    const impossible = new Accounts([{ ...account, password: { ...account.password, cost: 3 } }]);
    for (const name of [DEVELOPER.name, 'nobody'])
      await expect(impossible.verify(name, 'a guess')).rejects.toMatchObject({ code: 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS' });
  });

  it('knows nobody when there are none', async () => {
    expect(await new Accounts([]).verify(DEVELOPER.name, DEVELOPER.password)).toBe(false);
  });
});
