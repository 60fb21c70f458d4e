import type { Descriptor } from '@seaworthy/oci';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startToolbox } from '@seaworthy/testing';
import { attachSimpleSignature, containersPolicy, signatureTag } from '../../src/index.ts';
import { promotionFixture } from '../promote/promotion.fixture.ts';
import { blobsOf, pushImage, RELEASE, startAgreement } from './agreement.fixture.ts';

describe('skopeo copy under the policy that we write', () => {
  let agreement: Awaited<ReturnType<typeof startAgreement>>;

  beforeAll(async () => {
    agreement = await startAgreement();
  });

  afterAll(async () => agreement?.stop());

  async function sign(image: Descriptor, { key = agreement.keys.privateKey, name = RELEASE } = {}) {
    const reference = `${agreement.server.host}/${name}`;
    return attachSimpleSignature(agreement.registry, { repository: RELEASE, digest: image.digest, reference, key });
  }

  /** Copies by skopeo, and says which of the image's own blobs the registry served for it. */
  async function copy(image: Descriptor, repository = RELEASE) {
    const own = await blobsOf(agreement.registry, image, repository);
    const before = (await agreement.server.accessLog()).length;
    const source = `docker://${agreement.server.host}/${repository}@${image.digest}`;
    const { exitCode, stderr } = await agreement.toolbox.run('skopeo', 'copy', source, `dir:/tmp/${image.digest.slice(7, 19)}`);
    const requests = (await agreement.server.accessLog()).slice(before);
    const served = own.filter((digest) => requests.some(({ method, path }) => method === 'GET' && path.endsWith(digest)));
    return { accepted: exitCode === 0, served: served.length, reason: stderr };
  }

  describe('when the image is signed', () => {
    it('copies it', async () => {
      const image = await pushImage(agreement.registry, 'signed');
      await sign(image);
      await expect(copy(image)).resolves.toMatchObject({ accepted: true, served: 2 });
    });
  });

  describe('when it is not', () => {
    it('refuses, and the registry serves none of its blobs', async () => {
      const image = await pushImage(agreement.registry, 'unsigned');
      await expect(copy(image)).resolves.toMatchObject({
        accepted: false,
        served: 0,
        reason: expect.stringContaining('A signature was required, but no signature exists'),
      });
    });
  });

  describe('when a stranger signed it', () => {
    it('refuses, and the registry serves none of its blobs', async () => {
      const image = await pushImage(agreement.registry, 'by a stranger');
      await sign(image, { key: agreement.stranger.privateKey });
      await expect(copy(image)).resolves.toMatchObject({
        accepted: false,
        served: 0,
        reason: expect.stringContaining('invalid signature'),
      });
    });
  });

  describe('when it is signed under another name', () => {
    it('refuses, and the registry serves none of its blobs', async () => {
      const image = await pushImage(agreement.registry, 'another name');
      await sign(image, { name: 'release/orders' });
      await expect(copy(image)).resolves.toMatchObject({ accepted: false, served: 0 });
    });
  });

  describe('when the signature of another image was copied to it', () => {
    it('refuses, and the registry serves none of its blobs', async () => {
      const [image, other] = [await pushImage(agreement.registry, 'replayed'), await pushImage(agreement.registry, 'original')];
      await sign(other);
      const { bytes, descriptor } = await agreement.registry.getManifest(RELEASE, signatureTag(other.digest));
      await agreement.registry.putManifest(RELEASE, signatureTag(image.digest), bytes, descriptor.mediaType);
      await expect(copy(image)).resolves.toMatchObject({ accepted: false, served: 0 });
    });
  });

  describe('when the registry is asked under the name that this machine has for it', () => {
    it('copies what is signed under the registry’s own, by digest and by tag, and nothing that is signed under a third', async () => {
      const { server, registry, keys } = agreement;
      const host = `localhost:${server.connectTo.port}`;
      const [image, other] = [await pushImage(registry, 'from this machine'), await pushImage(registry, 'under a third name')];
      await registry.putManifest(RELEASE, 'main', (await registry.getManifest(RELEASE, image.digest)).bytes, image.mediaType);
      await sign(image);
      await sign(other, { name: 'release/orders' });
      const policy = containersPolicy({
        scope: `${server.host}/release`,
        aliases: { [`${host}/${RELEASE}`]: `${server.host}/${RELEASE}` },
        publicKey: keys.publicKey,
      });
      const toolbox = await startToolbox({
        network: 'host',
        environment: { SSL_CERT_FILE: '/run/test/root.pem' },
        files: {
          '/run/test/root.pem': server.ca,
          '/etc/containers/policy.json': policy.policyJson,
          '/etc/containers/registries.d/seaworthy.yaml': policy.registriesYaml,
        },
      });
      const codes: number[] = [];
      for (const reference of [`@${image.digest}`, ':main', `@${other.digest}`])
        codes.push((await toolbox.run('skopeo', 'copy', `docker://${host}/${RELEASE}${reference}`, `dir:/tmp/${codes.length}`)).exitCode);
      await toolbox.stop();
      expect(codes).toEqual([0, 0, 1]);
    });
  });

  describe('when it lies outside of release', () => {
    it('refuses by default', async () => {
      const image = await pushImage(agreement.registry, 'not promoted', 'staging/catalog');
      await expect(copy(image, 'staging/catalog')).resolves.toMatchObject({ accepted: false, served: 0 });
    });
  });

  describe('when it is signed twice', () => {
    it('keeps a stranger’s signature, and adds ours once', async () => {
      const image = await pushImage(agreement.registry, 'twice');
      await sign(image, { key: agreement.stranger.privateKey });
      await sign(image);
      await sign(image);
      const { json } = await agreement.registry.getImageManifest(RELEASE, signatureTag(image.digest));
      expect(json.layers).toHaveLength(2);
      await expect(copy(image)).resolves.toMatchObject({ accepted: true });
    });
  });

  describe('when it was promoted', () => {
    async function promoted(gatekeeper: { publicKey: string; privateKey: string }, content: string): Promise<Descriptor> {
      const fixture = await promotionFixture(agreement.registry, { gatekeeper });
      await fixture.releaseBase();
      const image = await fixture.stage({ layers: [fixture.baseLayer, Buffer.from(content)] });
      expect(await fixture.promote(image)).toMatchObject({ allowed: true, released: { repository: RELEASE } });
      return image;
    }

    it('copies it: the gatekeeper signed it under the name by which it is asked for', async () => {
      const image = await promoted(agreement.keys, 'a promoted service');
      await expect(copy(image)).resolves.toMatchObject({ accepted: true, served: 3 });
    });

    it('refuses it by another gatekeeper’s key', async () => {
      const image = await promoted(agreement.stranger, 'promoted by a stranger');
      await expect(copy(image)).resolves.toMatchObject({
        accepted: false,
        served: 0,
        reason: expect.stringContaining('invalid signature'),
      });
    });

    it('refuses it in another repository, although image and signature were taken there', async () => {
      const image = await promoted(agreement.keys, 'a service that was moved');
      const { registry } = agreement;
      for (const reference of [image.digest, signatureTag(image.digest)]) {
        const { json, bytes, descriptor } = await registry.getImageManifest(RELEASE, reference);
        for (const { digest } of [json.config, ...json.layers]) await registry.mountBlob(RELEASE, 'release/orders', digest);
        await registry.putManifest('release/orders', reference, bytes, descriptor.mediaType);
      }
      await expect(copy(image, 'release/orders')).resolves.toMatchObject({
        accepted: false,
        served: 0,
        reason: expect.stringContaining('is not accepted'),
      });
    });
  });
});
