import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { AccessModule, WORKLOAD } from './access.module.ts';
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
  const sign = async () =>
    new SignJWT({ aud: AUDIENCE, iss: ISSUERS.people, sub: 'anna', client_id: 'shop', jti: '1', roles: [] })
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

  it('does not keep a service from its start when it cannot be had; the first request asks again', async () => {
    const fetch = jest.fn<typeof answer>(away);
    const verifier = await start(fetch);
    await expect(verifier.verify(await sign())).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
    fetch.mockImplementation(answer);
    expect(await verifier.verify(await sign())).toMatchObject({ name: 'anna' });
  });
});
