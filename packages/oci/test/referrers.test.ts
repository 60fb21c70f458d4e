import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { digestOf, MANIFEST_SIZE_LIMIT, MEDIA_TYPES } from '../src/index.ts';
import type { Descriptor } from '../src/index.ts';
import { clients, expectCode, LAYER } from './registry-client.fixture.ts';
import type { Script } from './scripted-registry.ts';

const REPOSITORY = 'library/image';
const INDEX = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [LAYER] });

/** One without the API has no such path; one with it may not have the repository yet. Whoever has neither list nor tag answers 404. */
function answering(referrers: () => { status: number; body: string }): Script {
  return (_request, response, { path }) => {
    const { status, body } = path.includes('/referrers/') ? referrers() : { status: 404, body: '' };
    response.writeHead(status).end(body);
  };
}

describe('referrers', () => {
  const { open, close } = clients();
  afterEach(async () => {
    jest.restoreAllMocks();
    await close();
  });
  const askedForApi = (exchanges: { path: string }[]) => exchanges.filter(({ path }) => path.includes('/referrers/')).length;

  describe('of a registry without their API', () => {
    it('are looked for under the tag; the API is asked for once a minute, and used as soon as it is there', async () => {
      let answer = { status: 404, body: '404 page not found' };
      const { client, exchanges } = await open(answering(() => answer));
      for (let time = 0; time < 3; time += 1) await expect(client.referrers(REPOSITORY, LAYER.digest)).resolves.toEqual([]);
      expect(askedForApi(exchanges)).toBe(1);

      answer = { status: 200, body: INDEX };
      const now = Date.now();
      jest.spyOn(Date, 'now').mockReturnValue(now + 61_000);
      await expect(client.referrers(REPOSITORY, LAYER.digest)).resolves.toEqual([LAYER]);
    });
  });

  describe('of a repository that is not there yet', () => {
    it('are asked for by the API again', async () => {
      let answer = { status: 404, body: JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'repository name not known' }] }) };
      const { client } = await open(answering(() => answer));
      await expect(client.referrers(REPOSITORY, LAYER.digest)).resolves.toEqual([]);
      answer = { status: 200, body: INDEX };
      await expect(client.referrers(REPOSITORY, LAYER.digest)).resolves.toEqual([LAYER]);
    });
  });

  describe('of a registry that gives them in pages', () => {
    const SECOND = { ...LAYER, digest: digestOf('another') };
    const pageOf = (...manifests: Descriptor[]) => JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests });
    const next = (path: string) => ({ link: `<${path.split('?')[0]}?last=1>; rel="next"` });

    it.each<[string, (path: string) => string]>([
      ['as registries write it', (path) => next(path).link],
      ['without quotes', (path) => `<${path}?last=1>; rel=next`],
      ['after another link', (path) => `<${path}>; rel="first", <${path}?last=1>; title="more"; rel="next"`],
    ])('are those of all pages, with the link %s', async (_how, link) => {
      const { client, exchanges } = await open((_request, response, { path }) => {
        if (path.includes('last=')) response.end(pageOf(SECOND));
        else response.writeHead(200, { link: link(path) }).end(pageOf(LAYER));
      });
      await expect(client.referrers(REPOSITORY, LAYER.digest)).resolves.toEqual([LAYER, SECOND]);
      expect(exchanges).toHaveLength(2);
    });

    it('are none when a later page is not there: what it says could take back what the first one says', async () => {
      const { client } = await open((_request, response, { path }) => {
        if (path.includes('last=')) response.writeHead(404).end();
        else response.writeHead(200, next(path)).end(pageOf(LAYER));
      });
      await expectCode(client.referrers(REPOSITORY, LAYER.digest), 'NOT_FOUND');
    });

    it('are none when the pages do not end', async () => {
      const { client, exchanges } = await open((_request, response, { path }) => {
        response.writeHead(exchanges.length > 200 ? 500 : 200, next(path)).end(pageOf(LAYER));
      });
      await expectCode(client.referrers(REPOSITORY, LAYER.digest), 'MALFORMED');
      expect(exchanges).toHaveLength(100);
    });

    it('are none when the pages have more than 16 MiB together', async () => {
      const page = pageOf(LAYER) + ' '.repeat(MANIFEST_SIZE_LIMIT - 1_000);
      const { client, exchanges } = await open((_request, response, { path }) => {
        response.writeHead(exchanges.length > 10 ? 500 : 200, next(path)).end(page);
      });
      await expectCode(client.referrers(REPOSITORY, LAYER.digest), 'MALFORMED');
      expect(exchanges).toHaveLength(5);
    });

    it('are not all read to find that the registry has the API', async () => {
      const { client, exchanges } = await open((_request, response, { method, path }) => {
        if (method === 'PUT') response.writeHead(201).end();
        else if (method === 'HEAD') response.end();
        else response.writeHead(200, next(path)).end(pageOf(LAYER));
      });
      await client.attach(REPOSITORY, LAYER, { artifactType: 'application/one', blobs: [] });
      expect(askedForApi(exchanges)).toBe(1);
    });
  });

  describe('when the list could not be completed for one', () => {
    it('it is for those that waited meanwhile', async () => {
      const announced = new Map<string, Buffer>();
      const { open: gate, promise: allAnnounced } = barrier(() => announced.size === 3);
      let looks = 0;
      const { client } = await open(async (request, response, { method, path }) => {
        const reference = path.split('/manifests/')[1] ?? '';
        if (method === 'HEAD') response.end();
        else if (path.includes('/tags/list')) {
          looks += 1;
          if (looks === 1) await allAnnounced;
          response.writeHead(looks === 1 ? 403 : 200).end(JSON.stringify({ tags: [...announced.keys()] }));
        } else if (method === 'PUT') {
          announced.set(reference, await buffer(request));
          gate();
          response.writeHead(201).end();
        } else {
          const stored = announced.get(reference);
          response.writeHead(stored === undefined ? 404 : 200, { 'content-type': typeOf(stored) }).end(stored);
        }
      });
      const ended = await Promise.allSettled(
        ['one', 'two', 'three'].map(async (name) => client.attach(REPOSITORY, LAYER, { artifactType: `application/${name}`, blobs: [] })),
      );
      expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      const listed = await client.referrers(REPOSITORY, LAYER.digest);
      const types = new Set(listed.map(({ artifactType }) => artifactType));
      expect(types).toEqual(new Set(['application/one', 'application/two', 'application/three']));
    });
  });
});

/** Opens once `isOpen` says so, which is asked at each call of `open`. */
function barrier(isOpen: () => boolean) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: () => (isOpen() ? resolve() : undefined) };
}

function typeOf(manifest: Buffer | undefined): string {
  return manifest === undefined ? 'text/plain' : (JSON.parse(manifest.toString('utf8')) as { mediaType: string }).mediaType;
}
