import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeJwt } from 'jose';
import { developerToken } from '@seaworthy/cli/people';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { remoteKeys, TokenVerifier } from '@seaworthy/platform';
import { Issuers } from '../src/issuers/issuers.ts';
import { Accounts } from '../src/people/accounts.ts';
import { DEVELOPER, startIdentity, type RunningIdentity } from './identity.fixture.ts';

describe('the issuer for people', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity();
  });
  afterAll(() => identity.stop());

  const login = (name: string, password: string) => developerToken({ identityUrl: identity.url, fetch: identity.fetch, name, password });
  const authorize = (changes: Record<string, string | undefined>, cookie = '') => {
    const all: Record<string, string | undefined> = {
      client_id: 'seaworthy-cli',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:4711/callback',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      ...changes,
    };
    const search = new URLSearchParams(
      Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as [string, string]])),
    ).toString();
    return identity.fetch(`${identity.url}/people/auth?${search}`, { redirect: 'manual', headers: { cookie } });
  };

  describe('when a person logs in', () => {
    it('ends with a token that says who, in which roles, for at most an hour', async () => {
      const token = await login(DEVELOPER.name, DEVELOPER.password);
      const { iss, aud, sub, exp, iat, roles } = decodeJwt(token);
      expect({ iss, aud, sub, roles }).toEqual({ iss: ISSUERS.people, aud: AUDIENCE, sub: 'developer', roles: ['developer'] });
      expect((exp ?? 0) - (iat ?? 0)).toBeLessThanOrEqual(3_600);
      const verifier = new TokenVerifier({ keys: remoteKeys({ identityUrl: identity.url, fetch: identity.fetch, kinds: ['people'] }) });
      expect(await verifier.verify(token)).toMatchObject({ kind: 'person', name: 'developer' });
    });

    it('leaves a line of who it was, or that somebody was refused, in the quietest log as well', async () => {
      await login(DEVELOPER.name, DEVELOPER.password);
      expect(identity.audit().at(-1)).toMatchObject({ msg: 'login', person: 'developer' });
      await expect(login(DEVELOPER.name, 'a guess')).rejects.toThrow();
      expect(identity.audit().at(-1)).toMatchObject({ level: 'warn', msg: 'login refused' });
      expect(JSON.stringify(identity.audit())).not.toContain('a guess');
    });

    it('asks again the next time, whatever the browser remembers', async () => {
      let cookies = '';
      const remembering: RunningIdentity['fetch'] = async (url, init) => {
        const answer = await identity.fetch(url, init);
        cookies += answer.headers
          .getSetCookie()
          .map((line) => `${line.split(';', 1)[0]}; `)
          .join('');
        return answer;
      };
      await developerToken({ identityUrl: identity.url, fetch: remembering, name: DEVELOPER.name, password: DEVELOPER.password });
      expect(cookies).toContain('_session=');
      expect((await authorize({}, cookies)).headers.get('location')).toContain('/people/interaction/');
    });

    it('shows a page without script, that loads nothing and is framed by nobody', async () => {
      const begun = await authorize({});
      expect(begun.status).toBe(303);
      const cookie = begun.headers
        .getSetCookie()
        .map((line) => line.split(';', 1)[0])
        .join('; ');
      expect(begun.headers.getSetCookie().every((line) => /; secure; httponly/i.test(line) && /samesite=lax/i.test(line))).toBe(true);
      const page = await identity.fetch(new URL(begun.headers.get('location')!, identity.url).href, { headers: { cookie } });
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'/,
      );
      expect(html).not.toMatch(/<script|onload|https?:\/\//);
    });
  });

  describe('when name or password is wrong', () => {
    it('says the same of both, and stops a guesser after ten', async () => {
      await expect(login('nobody', 'x')).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
      for (let guess = 0; guess < 10; guess += 1)
        await expect(login('victim', `guess ${guess}`)).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
      await expect(login('victim', 'one more')).rejects.toMatchObject({ code: 'LOGIN_LIMITED' });
    });
  });

  describe('when a login ends while its password is looked at', () => {
    afterEach(() => void jest.restoreAllMocks());

    it('says so, and nobody has logged in', async () => {
      const [issuers, accounts] = [identity.app().get(Issuers), identity.app().get(Accounts)];
      const begun = await authorize({});
      const path = begun.headers.get('location')!;
      const cookies = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
      jest.spyOn(accounts, 'verify').mockImplementationOnce(async () => {
        await (await issuers.people.Interaction.find(path.slice(path.lastIndexOf('/') + 1)))?.destroy();
        return true;
      });
      const logins = () => identity.audit().filter(({ msg }) => msg === 'login').length;
      const before = logins();
      const answer = await identity.fetch(new URL(path, identity.url).href, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: cookies.join('; ') },
        body: new URLSearchParams({ name: DEVELOPER.name, password: DEVELOPER.password }).toString(),
      });
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('This login has ended.')]);
      expect(logins()).toBe(before);
    });
  });

  describe('when the request is bent', () => {
    it.each([
      ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
      ['with the plain method', { code_challenge_method: 'plain' }],
      ['for an implicit token', { response_type: 'token' }],
    ])('gives no code %s', async (_, changes) => {
      const answer = await authorize(changes);
      expect(answer.headers.get('location') ?? '').not.toContain('interaction');
    });

    it.each([
      'https://evil.example/callback',
      'http://127.0.0.1.evil.example/callback',
      'http://127.0.0.1:80@evil.example/callback',
      'http://127.0.0.1/other',
    ])('never redirects to %s', async (redirect_uri) => {
      const answer = await authorize({ redirect_uri });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
      expect(answer.headers.get('content-type')).toContain('text/plain');
    });

    it('stores nothing for somebody who only pushes a request', async () => {
      const pushed = await identity.fetch(`${identity.url}/people/request`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ client_id: 'seaworthy-cli', response_type: 'code' }).toString(),
      });
      expect(pushed.status).toBe(404);
      for (const issuer of ['people', 'workloads']) {
        const discovery = await identity.fetch(`${identity.url}/${issuer}/.well-known/openid-configuration`);
        expect(await discovery.json()).not.toHaveProperty('pushed_authorization_request_endpoint');
      }
    });

    it('has no password grant', async () => {
      const answer = await identity.fetch(`${identity.url}/people/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'password',
          client_id: 'seaworthy-cli',
          username: DEVELOPER.name,
          password: DEVELOPER.password,
        }).toString(),
      });
      expect(await answer.json()).toMatchObject({ error: 'unsupported_grant_type' });
    });

    it("gets nowhere with the address of somebody else's login", async () => {
      const begun = await authorize({});
      const page = await identity.fetch(new URL(begun.headers.get('location')!, identity.url).href, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ name: DEVELOPER.name, password: DEVELOPER.password }).toString(),
      });
      expect(page.status).toBe(400);
    });
  });
});
