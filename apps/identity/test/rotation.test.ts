import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { remoteKeys, TokenVerifier, workloadToken } from '@seaworthy/platform';
import { CLIENT_SECRETS, startIdentity, type RunningIdentity } from './identity.fixture.ts';

const LATER_MS = 3 * 3_600_000;

describe('an issuer whose keys are rotated', () => {
  let identity: RunningIdentity;
  beforeEach(async () => {
    identity = await startIdentity();
  });
  afterEach(() => identity.stop());

  const token = async () =>
    workloadToken({ identityUrl: identity.url, clientId: 'catalog', clientSecret: CLIENT_SECRETS.catalog, fetch: identity.fetch })();
  /** one that has fetched no key yet */
  const verifier = () =>
    new TokenVerifier({ keys: remoteKeys({ identityUrl: identity.url, fetch: identity.fetch, kinds: ['people', 'workloads'] }) });
  const kidOf = (text: string) => decodeProtectedHeader(text).kid;
  /** of an answer of its own, by the token that it was asked with */
  const revoke = async (text: string) => {
    const body = JSON.stringify({ token: text });
    await identity.fetch(`${identity.url}/revocations`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return (await (await identity.fetch(`${identity.url}/revocations`)).json()) as { revoked: unknown[] };
  };

  it('signs with the new one; what the old one has signed goes on to count, until it is gone', async () => {
    const old = await token();
    await identity.rotate();
    const fresh = await token();
    expect(kidOf(fresh)).not.toBe(kidOf(old));
    const both = verifier();
    expect([await both.verify(old), await both.verify(fresh)]).toMatchObject([{ name: 'catalog' }, { name: 'catalog' }]);

    await identity.rotate(Date.now() + LATER_MS);
    const newest = await token();
    const two = verifier();
    expect([await two.verify(fresh), await two.verify(newest)]).toMatchObject([{ name: 'catalog' }, { name: 'catalog' }]);
    await expect(two.verify(old)).rejects.toMatchObject({ code: 'TOKEN_UNTRUSTED' });
  });

  it('names the keys that it publishes beside what is revoked, so that verifiers let go of one that it has withdrawn', async () => {
    const read = async (path: string) => (await identity.fetch(`${identity.url}${path}`)).json();
    const published = async (kind: string) => ((await read(`/${kind}/jwks`)) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    const named = async () => ((await read('/revocations')) as { keys: object }).keys;
    const before = await named();
    expect(before).toEqual({ people: await published('people'), workloads: await published('workloads') });
    await identity.rotate();
    expect(await named()).not.toEqual(before);
    expect(await named()).toEqual({ people: await published('people'), workloads: await published('workloads') });
  });

  it('still lets who holds a token of the old one revoke it', async () => {
    const old = await token();
    await identity.rotate();
    expect((await revoke(old)).revoked).toHaveLength(1);
  });
});
