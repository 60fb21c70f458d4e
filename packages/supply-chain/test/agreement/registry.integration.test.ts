import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Descriptor } from '@seaworthy/oci';
import { digestOf, MEDIA_TYPES, OciLayout, referrersTag, RegistryClient } from '@seaworthy/oci';
import { startRegistry, testAuthority } from '@seaworthy/testing';
import type { StartedRegistry } from '@seaworthy/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { pushImage } from './agreement.fixture.ts';

describe('RegistryClient and the real registry', () => {
  let server: StartedRegistry;
  let client: RegistryClient;

  beforeAll(async () => {
    server = await startRegistry();
    client = new RegistryClient(server);
  });

  afterAll(async () => {
    await client?.close();
    await server?.stop();
  });

  describe('when its certificate is from another authority', () => {
    it('does not talk to it', async () => {
      const stranger = new RegistryClient({ ...server, ca: (await testAuthority()).root });
      await expect(stranger.ping()).rejects.toMatchObject({
        code: 'UNREACHABLE',
        cause: { code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/) },
      });
      await stranger.close();
    });
  });

  describe('when its certificate is for another name', () => {
    it('does not talk to it', async () => {
      const elsewhere = new RegistryClient({ ...server, baseUrl: 'https://elsewhere.seaworthy.internal:5443' });
      await expect(elsewhere.ping()).rejects.toMatchObject({ code: 'UNREACHABLE', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
      await elsewhere.close();
    });
  });

  describe('when an image goes there and back', () => {
    it('is the same, byte for byte, and is not sent twice', async () => {
      const image = await pushImage(client, 'there and back', 'staging/round');
      const before = (await server.accessLog()).length;
      await pushImage(client, 'there and back', 'staging/round');
      const uploads = (await server.accessLog()).slice(before).filter(({ method }) => method === 'POST');
      expect(uploads).toEqual([]);

      const dir = await mkdtemp(join(tmpdir(), 'round-'));
      const layout = await OciLayout.create(dir);
      const { json } = await client.pullToLayout('staging/round', image.digest, layout);
      expect((await layout.manifest(image.digest)).descriptor).toEqual(image);
      expect(json.layers).toHaveLength(1);
      expect(await client.tags('staging/round')).toHaveLength(1);
      await rm(dir, { recursive: true });
    });
  });

  describe('when a blob is in another repository', () => {
    it('is mounted, not sent', async () => {
      const bytes = randomBytes(100);
      const { digest } = await client.putBlob('staging/from', bytes);
      await expect(client.mountBlob('staging/from', 'release/to', digest)).resolves.toBe(true);
      await expect(client.hasBlob('release/to', digest)).resolves.toBe(true);
      await expect(client.mountBlob('staging/from', 'release/to', digestOf('nothing'))).resolves.toBe(false);
    });
  });

  describe('when a large blob is sent as a stream', () => {
    it('arrives whole', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'large-'));
      const layout = await OciLayout.create(dir);
      const blob = await layout.writeBlob(randomBytes(20_000_000));
      await client.putBlob('staging/large', { ...blob, stream: () => layout.blobStream(blob) });
      const back = await layout.writeBlob(await client.getBlob('staging/large', blob), { expected: blob });
      expect(back.digest).toBe(blob.digest);
      await rm(dir, { recursive: true });
    });
  });

  describe('when many attach to one image at the same time, from clients that know nothing of each other', () => {
    it('keeps every one', async () => {
      const image = await pushImage(client, 'crowd', 'staging/crowd');
      const clients = Array.from({ length: 6 }, () => new RegistryClient(server));
      const attached = await Promise.all(clients.map(async (one, number) => attach(one, image, number)));
      const listed = await client.referrers('staging/crowd', image.digest, 'application/test');
      expect(listed.map(({ digest }) => digest).toSorted()).toEqual(attached.map(({ digest }) => digest).toSorted());
      await Promise.all(clients.map(async (one) => one.close()));
    });
  });

  describe('when a writer that stalled has overwritten the list', () => {
    it('is mended by whoever attaches next', async () => {
      const image = await pushImage(client, 'stalled', 'staging/crowd');
      const first = await attach(client, image, 1);
      const stale = await client.getManifest('staging/crowd', referrersTag(image.digest));
      const second = await attach(client, image, 2);
      await client.putManifest('staging/crowd', referrersTag(image.digest), stale.bytes, stale.descriptor.mediaType);
      const third = await attach(client, image, 3);
      const listed = await client.referrers('staging/crowd', image.digest);
      expect(listed.map(({ digest }) => digest).toSorted()).toEqual([first, second, third].map(({ digest }) => digest).toSorted());
      expect(listed.find(({ digest }) => digest === second.digest)).toEqual(second);
    });
  });

  describe('when a tag announces what is about another image', () => {
    it('is passed over, and holds nobody up', async () => {
      const [image, other] = [await pushImage(client, 'announced', 'staging/crowd'), await pushImage(client, 'foreign', 'staging/crowd')];
      const foreign = await client.getManifest('staging/crowd', (await attach(client, other, 1)).digest);
      const lie = `${referrersTag(image.digest)}.${foreign.descriptor.digest.slice(7, 47)}`;
      await client.putManifest('staging/crowd', lie, foreign.bytes, foreign.descriptor.mediaType);
      const mine = await attach(client, image, 2);
      await expect(client.referrers('staging/crowd', image.digest)).resolves.toEqual([mine]);
    });
  });

  async function attach(one: RegistryClient, image: Descriptor, number: number): Promise<Descriptor> {
    return one.attach('staging/crowd', image, {
      artifactType: 'application/test',
      blobs: [{ bytes: Buffer.from(`blob ${number}`), mediaType: MEDIA_TYPES.layerTar }],
      annotations: { number: String(number) },
    });
  }
});
