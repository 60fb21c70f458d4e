import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createLocalJWKSet, errors, exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { stopTheDate } from '../../test/fixtures/stopped.date.ts';
import { LONGEST_SILENCE_MS } from './revoked-tokens.ts';
import { AuthError } from './auth.error.ts';
import type { Revocations } from './revoked-tokens.ts';
import { remoteKeys, TokenVerifier } from './token-verifier.ts';

type Keys = { privateKey: CryptoKey; publicKey: CryptoKey };

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('TokenVerifier', () => {
  let workloads: Keys;
  let people: Keys;
  let verifier: TokenVerifier;
  const keySet = async ({ publicKey }: Keys, kid: string) => ({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256' }] });

  beforeAll(async () => {
    [workloads, people] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
    verifier = new TokenVerifier({
      keys: { workloads: createLocalJWKSet(await keySet(workloads, 'w')), people: createLocalJWKSet(await keySet(people, 'p')) },
    });
  });

  interface Changes {
    header?: object;
    claims?: Record<string, unknown>;
    expires?: number;
    keys?: Keys;
  }
  const sign = ({ header, claims, expires = 600, keys = workloads }: Changes = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const all = {
      iss: ISSUERS.workloads,
      aud: AUDIENCE,
      sub: 'catalog',
      client_id: 'catalog',
      jti: '1',
      iat: now,
      exp: now + expires,
      ...claims,
    };
    return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'w', ...header })
      .sign(keys.privateKey);
  };

  describe('when the token is good', () => {
    it('says which workload it is, with no roles whatever the token claims', async () => {
      expect(await verifier.verify(await sign({ claims: { roles: ['developer'] } }))).toMatchObject({
        kind: 'workload',
        name: 'catalog',
        roles: [],
      });
    });

    it('says which person it is, in which roles', async () => {
      const token = await sign({ keys: people, header: { kid: 'p' }, claims: { iss: ISSUERS.people, sub: 'anna', roles: ['developer'] } });
      expect(await verifier.verify(token)).toMatchObject({ kind: 'person', name: 'anna', roles: ['developer'] });
    });

    it('says by which id the token would be revoked', async () => {
      expect(await verifier.verify(await sign({ claims: { jti: 'a' } }))).toMatchObject({ tokenId: 'a' });
    });

    it('forgives clocks that differ by seconds', async () => {
      expect(await verifier.verify(await sign({ expires: -2 }))).toMatchObject({ name: 'catalog' });
    });
  });

  describe('when it is not', () => {
    const cases: [string, () => Promise<string>, string][] = [
      ['has expired', () => sign({ expires: -60 }), 'TOKEN_EXPIRED'],
      ['is for another audience', () => sign({ claims: { aud: 'https://bank.example' } }), 'TOKEN_UNTRUSTED'],
      ['is from another issuer', () => sign({ claims: { iss: 'https://evil.example' } }), 'TOKEN_UNTRUSTED'],
      [
        "is signed by one issuer in the other's name",
        () => sign({ claims: { iss: ISSUERS.people, roles: ['developer'] } }),
        'TOKEN_UNTRUSTED',
      ],
      ['is signed by somebody else', async () => sign({ keys: await generateKeyPair('ES256') }), 'TOKEN_UNTRUSTED'],
      ['is not an access token', () => sign({ header: { typ: 'JWT' } }), 'TOKEN_UNTRUSTED'],
      ['has no end', () => sign({ claims: { exp: undefined } }), 'TOKEN_UNTRUSTED'],
      ['has no subject', () => sign({ claims: { sub: undefined } }), 'TOKEN_UNTRUSTED'],
      ['has no id, by which it could be revoked', () => sign({ claims: { jti: undefined } }), 'TOKEN_UNTRUSTED'],
      ['is not valid yet', () => sign({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }), 'TOKEN_UNTRUSTED'],
      ['is unsigned', async () => `${b64({ alg: 'none', typ: 'at+jwt' })}.${(await sign()).split('.')[1]}.`, 'TOKEN_UNTRUSTED'],
      ['is signed with the public key as a secret', () => confuse(), 'TOKEN_UNTRUSTED'],
      ['was altered', async () => alter(await sign()), 'TOKEN_UNTRUSTED'],
      ['is rubbish', async () => 'rubbish', 'TOKEN_MALFORMED'],
      ['is empty', async () => '', 'TOKEN_MALFORMED'],
    ];
    it.each(cases)('refuses one that %s', async (_, token, code) => {
      await expect(verifier.verify(await token())).rejects.toMatchObject({ code });
    });

    it('does not trust an issuer that this service has not named', async () => {
      const peopleOnly = new TokenVerifier({ keys: { people: createLocalJWKSet(await keySet(people, 'p')) } });
      await expect(peopleOnly.verify(await sign())).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
    });
  });

  describe('when a token was verified a moment ago', () => {
    const counting = async (revocations?: Revocations) => {
      const local = createLocalJWKSet(await keySet(workloads, 'w'));
      const keys = jest.fn(local);
      const options = revocations ? { revocations } : {};
      return { keys, known: new TokenVerifier({ keys: { workloads: keys }, ...options }) };
    };
    afterEach(() => void jest.useRealTimers());

    it('does not verify its signature again, and says the same', async () => {
      const { keys, known } = await counting();
      const token = await sign();
      const first = await known.verify(token);
      expect(await known.verify(token)).toEqual(first);
      expect(keys).toHaveBeenCalledTimes(1);
    });

    it('is refused when it has expired meanwhile', async () => {
      const { known } = await counting();
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      const token = await sign({ expires: 20 });
      await known.verify(token);
      jest.setSystemTime(Date.now() + 19_000);
      expect(await known.verify(token)).toMatchObject({ name: 'catalog' });
      jest.setSystemTime(Date.now() + 11_000);
      await expect(known.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    });

    it('is verified anew after a minute: its key may have been withdrawn', async () => {
      const { keys, known } = await counting();
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      const token = await sign();
      await known.verify(token);
      jest.setSystemTime(Date.now() + 61_000);
      keys.mockRejectedValue(new errors.JWKSNoMatchingKey());
      await expect(known.verify(token)).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
    });

    it.each([
      ['counts', {}, true],
      ['counts no more at its end', { expires: 1_000 }, false],
      ['counts no more once it is revoked', { tokenId: 'stolen' }, false],
      ['counts no more while nobody knows what is revoked', { tokenId: 'unknown' }, false],
    ])('%s, where something outlives its request', (_, about, counts) => {
      const has = (id: string): boolean => {
        if (id === 'unknown') throw new AuthError({ code: 'KEYS_UNREACHABLE', message: 'expected the list of revoked tokens' });
        return id === 'stolen';
      };
      jest.useFakeTimers({ now: 1_000_000 });
      const tokens = new TokenVerifier({ keys: {}, revocations: { ready: async () => undefined, has } });
      expect(tokens.stillCounts({ kind: 'person', expires: 1_001, tokenId: 'own', ...about })).toBe(counts);
    });

    it('is refused when it has been revoked meanwhile', async () => {
      const revoked = new Set<string>();
      const { known } = await counting({ ready: async () => undefined, has: (id) => revoked.has(id) });
      const [token, other] = [await sign({ claims: { jti: 'a' } }), await sign({ claims: { jti: 'b' } })];
      await known.verify(token);
      revoked.add('a');
      await expect(known.verify(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
      expect(await known.verify(other)).toMatchObject({ name: 'catalog' });
    });

    it('is refused when nobody has said for too long what is revoked', async () => {
      const ready = jest.fn<Revocations['ready']>();
      const { known } = await counting({ ready, has: () => false });
      const token = await sign();
      await known.verify(token);
      ready.mockImplementation(async () => Promise.reject(new AuthError({ code: 'KEYS_UNREACHABLE', message: 'expected the list' })));
      await expect(known.verify(token)).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
    });

    it('is not remembered when keys are withdrawn while it is verified', async () => {
      const { keys, known } = await counting();
      const token = await sign();
      const verifying = known.verify(token);
      known.forgetVerified();
      await verifying;
      keys.mockRejectedValue(new errors.JWKSNoMatchingKey());
      await expect(known.verify(token)).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
    });

    it('does not lend its place to one that differs in its claims or its signature', async () => {
      const { known } = await counting();
      const token = await sign();
      await known.verify(token);
      await expect(known.verify(alter(token))).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
      const [header, claims] = token.split('.');
      await expect(known.verify(`${header}.${claims}.${'A'.repeat(86)}`)).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
    });

    it('cannot be changed by whoever was told', async () => {
      const { known } = await counting();
      const token = await sign();
      const identity = await known.verify(token);
      expect(() => Object.assign(identity, { name: 'gatekeeper' })).toThrow(TypeError);
      expect(() => (identity.roles as string[]).push('developer')).toThrow(TypeError);
    });
  });

  describe('when the keys are published', () => {
    afterEach(() => void jest.useRealTimers());
    const publishing = (answers: (() => Promise<object>)[]) => {
      const fetch = jest.fn(async () => new Response(JSON.stringify(await (answers.length > 1 ? answers.shift()! : answers[0]!)())));
      return {
        fetch,
        remote: new TokenVerifier({ keys: remoteKeys({ identityUrl: 'https://identity', fetch, kinds: ['workloads'] }) }),
      };
    };

    it('fetches them once for many tokens', async () => {
      const { fetch, remote } = publishing([() => keySet(workloads, 'w')]);
      for (let count = 0; count < 5; count += 1) await remote.verify(await sign());
      expect(fetch).toHaveBeenCalledTimes(1);
    });

    describe('and rotated', () => {
      const old = async () => keySet(workloads, 'w');
      const both = async (next: Keys) => ({ keys: [...(await keySet(next, 'n')).keys, ...(await old()).keys] });

      it('fetches them again for a key id that it does not know, and goes on to believe the old one', async () => {
        const next = await generateKeyPair('ES256');
        const { fetch, remote } = publishing([old, async () => both(next)]);
        stopTheDate();
        await remote.verify(await sign());
        jest.setSystemTime(Date.now() + 6_000);
        expect(await remote.verify(await sign({ keys: next, header: { kid: 'n' } }))).toMatchObject({ name: 'catalog' });
        expect(await remote.verify(await sign({ claims: { jti: '2' } }))).toMatchObject({ name: 'catalog' });
        expect(fetch).toHaveBeenCalledTimes(2);
      });

      it('believes the old one no more once it is gone', async () => {
        const next = await generateKeyPair('ES256');
        const { remote } = publishing([old, async () => keySet(next, 'n')]);
        stopTheDate();
        await remote.verify(await sign());
        jest.setSystemTime(Date.now() + 6_000);
        expect(await remote.verify(await sign({ keys: next, header: { kid: 'n' } }))).toMatchObject({ name: 'catalog' });
        await expect(remote.verify(await sign({ claims: { jti: '2' } }))).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
      });

      it('asks no more than once in some seconds: a made-up key id must not keep the issuer busy', async () => {
        const { fetch, remote } = publishing([old]);
        await remote.verify(await sign());
        for (const kid of ['x', 'y', 'z']) {
          await expect(remote.verify(await sign({ header: { kid } }))).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
        }
        expect(fetch).toHaveBeenCalledTimes(1);
      });
    });

    it.each<[string, () => Promise<Response>]>([
      ['there is no answer', async () => Promise.reject(new TypeError('fetch failed'))],
      ['the answer is an error', async () => Response.json({ keys: [] }, { status: 503 })],
      ['the answer is no JSON', async () => new Response('<html>')],
      ['the answer is no key set', async () => Response.json({ keys: 'none' })],
    ])('says that it cannot know when %s, which is not the same as refusing, and asks again', async (_, first) => {
      const fetch = jest.fn(async () => Response.json(await keySet(workloads, 'w'))).mockImplementationOnce(first);
      const remote = new TokenVerifier({ keys: remoteKeys({ identityUrl: 'https://identity', fetch, kinds: ['workloads'] }) });
      await expect(remote.verify(await sign())).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
      expect(await remote.verify(await sign())).toMatchObject({ name: 'catalog' });
    });

    it('fetches them once for tokens that come together', async () => {
      const { fetch, remote } = publishing([() => keySet(workloads, 'w')]);
      const tokens = await Promise.all(['1', '2', '3'].map(async (jti) => sign({ claims: { jti } })));
      await Promise.all(tokens.map(async (token) => remote.verify(token)));
      expect(fetch).toHaveBeenCalledTimes(1);
    });

    it('believes no key for longer than the issuer may be silent', async () => {
      const { fetch, remote } = publishing([() => keySet(workloads, 'w'), () => Promise.reject(new TypeError('fetch failed'))]);
      await remote.verify(await sign());
      stopTheDate();
      jest.setSystemTime(Date.now() + LONGEST_SILENCE_MS - 1_000);
      await remote.verify(await sign({ claims: { jti: '2' } }));
      jest.setSystemTime(Date.now() + 2_000);
      await expect(remote.verify(await sign({ claims: { jti: '3' } }))).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
      expect(fetch).toHaveBeenCalledTimes(2);
    });

    it('does without Node’s own fetch, which takes megabytes of each replica', async () => {
      const program = `
        import { remoteKeys, TokenVerifier } from ${JSON.stringify(join(import.meta.dirname, 'token-verifier.ts'))};
        const fetch = async () => ({ ok: true, status: 200, json: async () => (${JSON.stringify(await keySet(workloads, 'w'))}) });
        const verifier = new TokenVerifier({ keys: remoteKeys({ identityUrl: 'https://identity', fetch, kinds: ['workloads'] }) });
        console.log((await verifier.verify(${JSON.stringify(await sign())})).name, process.moduleLoadList.filter((name) => name.includes('undici')));
      `;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '--eval', program]);
      expect(stdout).toBe('catalog []\n');
    });
  });

  /** RFC 8725 section 2.1: HMAC with the public key as its secret. */
  async function confuse(): Promise<string> {
    const [, claims] = (await sign()).split('.');
    const text = `${b64({ alg: 'HS256', typ: 'at+jwt', kid: 'w' })}.${claims}`;
    return `${text}.${createHmac('sha256', await exportSPKI(workloads.publicKey))
      .update(text)
      .digest('base64url')}`;
  }
});

function alter(token: string): string {
  const [header, claims = '', signature] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), sub: 'gatekeeper' };
  return `${header}.${b64(changed)}.${signature}`;
}
