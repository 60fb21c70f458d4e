import { afterEach, describe, expect, it } from '@jest/globals';
import type { Descriptor } from '../src/index.ts';
import { digestOf, MANIFEST_SIZE_LIMIT, MEDIA_TYPES, RegistryClient } from '../src/index.ts';
import type { Script } from './scripted-registry.ts';
import { BASE_URL, BLOB, clients, expectCode, LAYER, MANIFEST, serveManifest, withTokens } from './registry-client.fixture.ts';

describe('RegistryClient', () => {
  const { open, close } = clients();
  afterEach(close);

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
