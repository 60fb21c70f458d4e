import { describe, expect, it } from '@jest/globals';
import { RegistryTokens } from '../src/tokens/registry-tokens.ts';

describe('a registry token', () => {
  const identity = { kind: 'workload', name: 'pipeline', roles: [], expires: Date.now() / 1000 + 600, tokenId: 'one' } as const;

  it.each([{ keyId: 'w' }, {}])('says by what it is taken back: token and key of who asked for it (%j)', async (key) => {
    const tokens = await RegistryTokens.create();
    const { token } = await tokens.issue({ ...identity, ...key }, []);
    const bearer = await tokens.verify(token);
    expect(bearer).toEqual({ ...identity, ...key, access: [], expires: bearer?.expires });
  });
});
