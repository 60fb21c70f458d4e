import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { clients, expectCode, serveManifest, withTokens } from './registry-client.fixture.ts';

describe("RegistryClient's tokens", () => {
  const { open, close } = clients();
  afterEach(async () => {
    jest.restoreAllMocks();
    await close();
  });

  const password = async (): Promise<string> => 'an-identity-token';

  describe('when the registry asks for one', () => {
    it('fetches it with the password, once for each scope', async () => {
      const { client, exchanges } = await open(withTokens(serveManifest()), { password });
      await client.resolve('staging/catalog', 'main');
      await client.resolve('staging/catalog', 'main');
      await client.resolve('staging/other', 'main');
      const asked = exchanges.filter(({ path }) => path.startsWith('/token'));
      expect(asked.map(({ path }) => new URLSearchParams(path.split('?')[1]).get('scope'))).toEqual([
        'repository:staging/catalog:pull',
        'repository:staging/other:pull',
      ]);
      expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('token:an-identity-token').toString('base64')}`);
    });
  });

  describe('when there is no password', () => {
    it('asks for an anonymous one', async () => {
      const { client, exchanges } = await open(withTokens(serveManifest()));
      await client.resolve('staging/catalog', 'main');
      expect(exchanges.find(({ path }) => path.startsWith('/token'))).toMatchObject({ authorization: undefined });
    });
  });

  describe('when the token endpoint is on a host that nobody named', () => {
    it('refuses with DENIED and sends the password nowhere', async () => {
      const { client, exchanges } = await open(withTokens(serveManifest(), 'http://thief.example/token'), { password });
      await expectCode(client.resolve('staging/catalog', 'main'), 'DENIED');
      expect(exchanges.every(({ host, authorization }) => host !== 'thief.example' && authorization === undefined)).toBe(true);
    });
  });

  describe('when the token endpoint is on a host that was named', () => {
    it('asks there', async () => {
      const { client } = await open(withTokens(serveManifest(), 'http://identity.example/token'), {
        password,
        tokenOrigins: ['http://identity.example'],
      });
      await expect(client.resolve('staging/catalog', 'main')).resolves.toBeDefined();
    });
  });

  describe('when a token is at its end', () => {
    it('fetches another', async () => {
      const { client, exchanges } = await open(withTokens(serveManifest(), '/token', { lifetime: 1 }), { password });
      const now = Date.now();
      const date = jest.spyOn(Date, 'now').mockReturnValue(now);
      await client.resolve('staging/catalog', 'main');
      date.mockReturnValue(now + 1_000);
      await client.resolve('staging/catalog', 'main');
      expect(exchanges.filter(({ path }) => path.startsWith('/token'))).toHaveLength(2);
    });
  });

  describe('when the identity has no right', () => {
    it('says DENIED after one new token, not more', async () => {
      const { client, exchanges } = await open(
        withTokens((_request, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer realm="/token"' }).end()),
        { password },
      );
      await expectCode(client.resolve('staging/catalog', 'main'), 'DENIED');
      expect(exchanges.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
    });
  });

  describe('when the registry wants a password itself', () => {
    it('refuses with DENIED', async () => {
      const { client, exchanges } = await open(
        (_request, response) => void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
        { password },
      );
      await expectCode(client.resolve('staging/catalog', 'main'), 'DENIED');
      expect(exchanges).toHaveLength(1);
    });
  });
});
