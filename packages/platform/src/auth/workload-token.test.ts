import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import { testAuthority } from '@seaworthy/testing/trust';
import { loadWorkload } from '../tls/workload.ts';
import { workloadToken } from './workload-token.ts';

function issuer(lifetimes: number[], status = 200) {
  const fetch = jest.fn(async (_url: string, _init?: { body?: string }) => {
    const token = new UnsecuredJWT({ n: lifetimes.length })
      .setExpirationTime(Math.floor(Date.now() / 1000) + (lifetimes.shift() ?? 0))
      .encode();
    return new Response(JSON.stringify(status === 200 ? { access_token: token } : { error: 'invalid_client' }), { status });
  });
  return {
    fetch,
    token: workloadToken({ identityUrl: 'https://identity', clientId: 'catalog', clientSecret: 's', fetch }),
  };
}

describe('workloadToken', () => {
  it('asks once, also when many ask at the same time', async () => {
    const { fetch, token } = issuer([600]);
    const tokens = await Promise.all([token(), token(), token()]);
    expect(new Set([...tokens, await token()]).size).toBe(1);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  describe('when the token is about to end', () => {
    it('gets another', async () => {
      const { fetch, token } = issuer([30, 600]);
      expect(await token()).not.toBe(await token());
      expect(fetch).toHaveBeenCalledTimes(2);
    });
  });

  describe('when a token is forgotten, because somebody refused it', () => {
    it('gets another', async () => {
      const { fetch, token } = issuer([600, 601]);
      const first = await token();
      token.forget(first);
      const second = await token();
      expect(second).not.toBe(first);
      expect(await token()).toBe(second);
      expect(fetch).toHaveBeenCalledTimes(2);
    });

    it('keeps the one that has its place already: of many who were refused, one asks', async () => {
      const { fetch, token } = issuer([600, 601]);
      const first = await token();
      token.forget(first);
      const second = await token();
      token.forget(first);
      expect(await token()).toBe(second);
      expect(fetch).toHaveBeenCalledTimes(2);
    });
  });

  it('is what a service is given, which can forget as well', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'seaworthy-token-'));
    try {
      writeFileSync(join(dir, 'client-secret'), 'a-secret');
      writeFileSync(join(dir, 'root.pem'), (await testAuthority()).root);
      const { token } = loadWorkload({ name: 'payments', secretsDir: dir, trustDir: dir });
      expect(token).toHaveProperty('forget', expect.any(Function));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  describe('when the issuer refuses', () => {
    it('says so without the secret, and asks again the next time', async () => {
      const { fetch, token } = issuer([], 401);
      await expect(token()).rejects.toMatchObject({ code: 'TOKEN_REFUSED', message: expect.stringContaining('catalog') });
      await expect(token()).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
      expect(fetch).toHaveBeenCalledTimes(2);
    });
  });
});
