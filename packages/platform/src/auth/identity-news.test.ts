import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { AccessModule, WORKLOAD } from './access.module.ts';
import { RevokedTokens } from './revoked-tokens.ts';
import { TokenVerifier } from './token-verifier.ts';

const MINUTE = 60_000;
const away = async (): Promise<never> => Promise.reject(new TypeError('fetch failed'));

describe('what identity publishes', () => {
  let privateKey: CryptoKey;
  let jwk: JWK;
  let app: INestApplicationContext | undefined;

  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    privateKey = pair.privateKey;
    jwk = { ...(await exportJWK(pair.publicKey)), kid: 'p', alg: 'ES256' };
  });
  afterEach(async () => {
    jest.useRealTimers();
    await app?.close();
    app = undefined;
  });

  const answer = async (url: string) => Response.json(url.endsWith('/jwks') ? { keys: [jwk] } : { revoked: [] });
  /** A service that accepts tokens of people, initialised as it is before it listens. */
  async function start(fetch: (url: string) => Promise<Response>): Promise<TokenVerifier> {
    const module = AccessModule.accepting('orders', ['people']);
    const workload = { provide: WORKLOAD, useValue: { identityUrl: 'https://identity', fetch } };
    module.providers =
      module.providers?.map((provider) => ('provide' in provider && provider.provide === WORKLOAD ? workload : provider)) ?? [];
    app = await NestFactory.createApplicationContext(module, { logger: false });
    return app.get(TokenVerifier);
  }
  const sign = async (jti = '1') =>
    new SignJWT({ aud: AUDIENCE, iss: ISSUERS.people, sub: 'anna', client_id: 'shop', jti, roles: [] })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'p' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);

  it('is here before the first request: it waits for nobody', async () => {
    const fetch = jest.fn(answer);
    const verifier = await start(fetch);
    expect(fetch.mock.calls.map(([url]) => url).toSorted()).toEqual(['https://identity/people/jwks', 'https://identity/revocations']);
    fetch.mockImplementation(away);
    expect(await verifier.verify(await sign())).toMatchObject({ name: 'anna' });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('is asked for again before it is too old, and what is here goes on to count', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const fetch = jest.fn(answer);
    const verifier = await start(fetch);
    await jest.advanceTimersByTimeAsync(9 * MINUTE);
    fetch.mockImplementation(away);
    await jest.advanceTimersByTimeAsync(3 * MINUTE);
    expect(await verifier.verify(await sign())).toMatchObject({ name: 'anna' });
  });

  describe('when a key is withdrawn', () => {
    const publishing = (keys: JWK[], ids?: object) => async (url: string) =>
      Response.json(url.endsWith('/jwks') ? { keys } : { revoked: [], ...(ids && { keys: ids }) });
    const next = async (): Promise<JWK> => ({ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid: 'n', alg: 'ES256' });

    it('is believed no more once identity has named its keys, nor is what it has signed, verified a moment ago or not', async () => {
      const fetch = jest.fn(publishing([jwk], { people: ['p'], workloads: ['w'] }));
      const verifier = await start(fetch);
      const [known, other] = [await sign(), await sign('2')];
      await verifier.verify(known);
      await app?.get(RevokedTokens).refresh();
      expect(fetch).toHaveBeenCalledTimes(3); // nothing was withdrawn yet

      fetch.mockImplementation(publishing([await next()], { people: ['n'], workloads: ['w'] }));
      await app?.get(RevokedTokens).refresh();
      await expect(verifier.verify(known)).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
      await expect(verifier.verify(other)).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
    });

    it('ends what a token of that key has opened, and nothing that one of another key has', async () => {
      const fetch = jest.fn(publishing([jwk, await next()], { people: ['p', 'n'] }));
      const verifier = await start(fetch);
      const anna = await verifier.verify(await sign());
      await app?.get(RevokedTokens).refresh();
      expect([verifier.stillCounts(anna), verifier.isRevoked(anna)]).toEqual([true, false]);

      fetch.mockImplementation(publishing([await next()], { people: ['n'] }));
      await app?.get(RevokedTokens).refresh();
      expect([verifier.stillCounts(anna), verifier.isRevoked(anna)]).toEqual([false, true]);
      expect(verifier.stillCounts({ ...anna, keyId: 'n' })).toBe(true);
    });

    it('goes on with the keys that are here when the others cannot be had, and asks for them with the next list', async () => {
      const fetch = jest.fn(publishing([jwk], { people: ['p'] }));
      const verifier = await start(fetch);
      const fresh = publishing([await next()], { people: ['n'] });
      fetch.mockImplementation(async (url) => (url.endsWith('/jwks') ? away() : fresh(url)));
      await app?.get(RevokedTokens).refresh();
      expect(await verifier.verify(await sign())).toMatchObject({ name: 'anna' });
      fetch.mockImplementation(fresh);
      await app?.get(RevokedTokens).refresh();
      await expect(verifier.verify(await sign())).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
    });

    it.each([undefined, {}, { workloads: ['n'] }])(
      'takes a list that names no keys of the issuer (%j) for one of an earlier identity',
      async (ids) => {
        const fetch = jest.fn(publishing([jwk], ids));
        const verifier = await start(fetch);
        await app?.get(RevokedTokens).refresh();
        expect(await verifier.verify(await sign())).toMatchObject({ name: 'anna' });
        expect(fetch).toHaveBeenCalledTimes(3);
      },
    );
  });

  it('does not keep a service from its start when it cannot be had; the first request asks again', async () => {
    const fetch = jest.fn<typeof answer>(away);
    const verifier = await start(fetch);
    await expect(verifier.verify(await sign())).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
    fetch.mockImplementation(answer);
    expect(await verifier.verify(await sign())).toMatchObject({ name: 'anna' });
  });
});
