import { afterEach, describe, expect, it } from '@jest/globals';

import type { Descriptor, OciErrorCode, RegistryOptions } from '../src/index.ts';
import { digestOf, MANIFEST_SIZE_LIMIT, MEDIA_TYPES, RegistryClient } from '../src/index.ts';
import type { Script } from './scripted-registry.ts';
import { startScriptedRegistry } from './scripted-registry.ts';

const BASE_URL = 'http://registry.example';
const BLOB = Buffer.from('the content of a layer');
const LAYER: Descriptor = { mediaType: MEDIA_TYPES.layerTar, digest: digestOf(BLOB), size: BLOB.length };
const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.imageManifest,
    config: { mediaType: MEDIA_TYPES.imageConfig, digest: digestOf('{}'), size: 2 },
    layers: [LAYER],
  }),
);

describe('RegistryClient', () => {
  const cleanup: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const step of cleanup.splice(0).toReversed()) await step();
  });

  async function open(script: Script, options: Partial<RegistryOptions> = {}) {
    const server = await startScriptedRegistry(script);
    const client = new RegistryClient({ baseUrl: BASE_URL, socketPath: server.socketPath, timeoutMs: 500, ...options });
    cleanup.push(
      async () => server.stop(),
      async () => client.close(),
    );
    return { client, exchanges: server.exchanges };
  }

  describe('when the address is plain HTTP', () => {
    it('refuses to be made', () => {
      expect(() => new RegistryClient({ baseUrl: BASE_URL })).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    });
  });

  describe('when a name could lead out of its place in the URL', () => {
    it.each(['../other', 'staging//x', 'staging/..', 'Staging/x', 'staging/x?y', ''])('refuses %j and asks nothing', async (repository) => {
      const { client, exchanges } = await open((_request, response) => void response.end());
      await expectCode(client.getManifest(repository, 'main'), 'MALFORMED');
      expect(exchanges).toHaveLength(0);
    });
  });

  describe('getManifest', () => {
    describe('when the registry is honest', () => {
      it('gives the bytes, their digest, and what they say', async () => {
        const { client } = await open(serveManifest());
        const stored = await client.getManifest('staging/catalog', 'main');
        expect(stored.descriptor).toEqual({ mediaType: MEDIA_TYPES.imageManifest, digest: digestOf(MANIFEST), size: MANIFEST.length });
        expect(stored.json).toMatchObject({ layers: [LAYER] });
      });
    });

    describe('when the bytes are not those of the digest that was asked for', () => {
      it('refuses with DIGEST_MISMATCH', async () => {
        const { client } = await open(serveManifest());
        await expectCode(client.getManifest('staging/catalog', digestOf('another')), 'DIGEST_MISMATCH');
      });
    });

    describe('when a tag is answered with another digest than the header announces', () => {
      it('refuses with DIGEST_MISMATCH', async () => {
        const { client } = await open(serveManifest({ 'docker-content-digest': digestOf('another') }));
        await expectCode(client.resolve('staging/catalog', 'main'), 'DIGEST_MISMATCH');
      });
    });

    describe('when the type announced is not the one inside', () => {
      it.each([MEDIA_TYPES.imageIndex, MEDIA_TYPES.dockerManifest, 'text/html'])('refuses %s with MALFORMED', async (type) => {
        const { client } = await open(serveManifest({ 'content-type': type }));
        await expectCode(client.getManifest('staging/catalog', 'main'), 'MALFORMED');
      });
    });

    describe('when it does not end', () => {
      it('stops reading at the limit', async () => {
        let sent = 0;
        const { client } = await open((_request, response) => {
          response.writeHead(200, { 'content-type': MEDIA_TYPES.imageManifest });
          const more = (): void => {
            sent += 64 * 1024;
            response.write(Buffer.alloc(64 * 1024, ' '), (error) => (error ? undefined : more()));
          };
          more();
        });
        await expectCode(client.getManifest('staging/catalog', 'main'), 'MALFORMED');
        expect(sent).toBeLessThan(4 * MANIFEST_SIZE_LIMIT);
      });
    });

    describe('when there is none', () => {
      it('says NOT_FOUND', async () => {
        const { client } = await open((_request, response) => void response.writeHead(404).end());
        await expectCode(client.getManifest('staging/catalog', 'main'), 'NOT_FOUND');
      });
    });

    describe('when the registry is in trouble for a moment', () => {
      it('asks again', async () => {
        let asked = 0;
        const { client } = await open((request, response, exchange) => {
          asked += 1;
          if (asked < 3) return void response.writeHead(503).end();
          return serveManifest()(request, response, exchange);
        });
        await expect(client.resolve('staging/catalog', 'main')).resolves.toMatchObject({ digest: digestOf(MANIFEST) });
      });
    });

    describe('when the registry stays in trouble', () => {
      it('gives up with UNREACHABLE after three tries', async () => {
        const { client, exchanges } = await open((_request, response) => void response.writeHead(503).end());
        await expectCode(client.resolve('staging/catalog', 'main'), 'UNREACHABLE');
        expect(exchanges).toHaveLength(3);
      });
    });

    describe('when the registry takes the question and says nothing', () => {
      it('gives up with UNREACHABLE', async () => {
        const { client } = await open(() => undefined, { timeoutMs: 50 });
        await expectCode(client.resolve('staging/catalog', 'main'), 'UNREACHABLE');
      });
    });
  });

  describe('getBlob', () => {
    it.each<{ what: string; script: Script }>([
      { what: 'other bytes of the same size', script: (_request, response) => void response.end(Buffer.alloc(BLOB.length)) },
      { what: 'another size announced', script: (_request, response) => void response.end(Buffer.concat([BLOB, BLOB])) },
      {
        what: 'more bytes than announced beforehand',
        script: (_request, response) => {
          response.write(BLOB);
          response.end(BLOB);
        },
      },
      {
        what: 'a connection that breaks off',
        script: (_request, response) => {
          response.writeHead(200, { 'content-length': BLOB.length });
          response.write(BLOB.subarray(0, 5), () => response.destroy());
        },
      },
    ])('when there comes $what: fails with DIGEST_MISMATCH before its end', async ({ script }) => {
      const { client } = await open(script);
      await expectCode(client.getBlobBytes('staging/catalog', LAYER), 'DIGEST_MISMATCH');
    });

    describe('when it is larger than the caller wants in memory', () => {
      it('asks nothing', async () => {
        const { client, exchanges } = await open((_request, response) => void response.end(BLOB));
        await expectCode(client.getBlobBytes('staging/catalog', LAYER, BLOB.length - 1), 'MALFORMED');
        expect(exchanges).toHaveLength(0);
      });
    });

    describe('when it lies on another host', () => {
      it('follows without the token, and verifies what it finds there', async () => {
        const { client, exchanges } = await open(
          withTokens((_request, response, { host }) =>
            host === 'storage.example'
              ? void response.end(BLOB)
              : void response.writeHead(307, { location: 'http://storage.example/x' }).end(),
          ),
        );
        await expect(client.getBlobBytes('staging/catalog', LAYER)).resolves.toEqual(BLOB);
        expect(exchanges.filter(({ host }) => host === 'storage.example').map(({ authorization }) => authorization)).toEqual([undefined]);
      });
    });

    describe('when it is sent from one place to the next for ever', () => {
      it('gives up', async () => {
        const { client, exchanges } = await open((_request, response) => void response.writeHead(307, { location: '/again' }).end());
        await expectCode(client.getBlobBytes('staging/catalog', LAYER), 'MALFORMED');
        expect(exchanges.length).toBeLessThan(6);
      });
    });
  });

  describe('putBlob', () => {
    describe('when the registry has it', () => {
      it('sends nothing', async () => {
        const { client, exchanges } = await open((_request, response) => void response.writeHead(200).end());
        await client.putBlob('staging/catalog', BLOB);
        expect(exchanges.map(({ method }) => method)).toEqual(['HEAD']);
      });
    });

    describe('when the upload session is on another host', () => {
      it('sends neither content nor token there', async () => {
        const { client, exchanges } = await open(
          withTokens((request, response) =>
            request.method === 'HEAD'
              ? void response.writeHead(404).end()
              : void response.writeHead(202, { location: 'http://thief.example/upload' }).end(),
          ),
        );
        await expectCode(client.putBlob('staging/catalog', BLOB), 'MALFORMED');
        expect(exchanges.filter(({ host }) => host === 'thief.example')).toHaveLength(0);
      });
    });
  });

  describe('tokens', () => {
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
        await client.resolve('staging/catalog', 'main');
        await new Promise((resolve) => setTimeout(resolve, 1_050));
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

  describe('referrers', () => {
    const entry: Descriptor = { ...LAYER, mediaType: MEDIA_TYPES.imageManifest, artifactType: 'application/a' };
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.imageIndex,
      manifests: [entry, { ...entry, artifactType: 'application/b' }],
    });

    it.each(['/referrers/', '/manifests/sha256-'])('when they are listed under %s: gives those of the type', async (place) => {
      const { client } = await open((request, response) =>
        request.url?.includes(place) === true
          ? void response.writeHead(200, { 'content-type': MEDIA_TYPES.imageIndex }).end(index)
          : void response.writeHead(404).end(),
      );
      await expect(client.referrers('staging/catalog', LAYER.digest, 'application/b')).resolves.toEqual([
        { ...entry, artifactType: 'application/b' },
      ]);
    });

    describe('when the list is none', () => {
      it('refuses with MALFORMED', async () => {
        const { client } = await open(
          (_request, response) =>
            void response.writeHead(200, { 'content-type': MEDIA_TYPES.imageIndex }).end('{"schemaVersion":2,"manifests":[{}]}'),
        );
        await expectCode(client.referrers('staging/catalog', LAYER.digest), 'MALFORMED');
      });
    });
  });
});

function serveManifest(headers: Record<string, string> = {}): Script {
  return (_request, response) => void response.writeHead(200, { 'content-type': MEDIA_TYPES.imageManifest, ...headers }).end(MANIFEST);
}

/** Answers only who brings a token, and gives tokens at `/token`. */
function withTokens(script: Script, realm = '/token', { lifetime = 300 } = {}): Script {
  return (request, response, exchange) => {
    if (exchange.path.startsWith('/token')) return void response.end(JSON.stringify({ token: 'a-token', expires_in: lifetime }));
    if (exchange.host === 'registry.example' && exchange.authorization !== 'Bearer a-token') {
      return void response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="registry"` }).end();
    }
    return script(request, response, exchange);
  };
}

async function expectCode(promise: Promise<unknown>, code: OciErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'OciError', code });
}
