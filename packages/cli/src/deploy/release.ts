import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VERDICT_LIFE } from '@seaworthy/contracts';
import { OciLayout, parseImageConfig } from '@seaworthy/oci';
import type { RegistryClient } from '@seaworthy/oci';
import { loadTrust, verifyRelease } from '@seaworthy/supply-chain';
import type { VerifiedImage } from '@seaworthy/supply-chain';
import type Docker from 'dockerode';
import { OwnImages } from '@seaworthy/images';
import { loadLayout, presentImage } from '../engine/images.ts';
import type { LoadedImage } from '../engine/images.ts';
import type { Instance } from '../instance.ts';

/**
 * Tag → digest → verdict. Nothing of the image is downloaded here, and without this step nothing can be: only a VerifiedImage can be
 * fetched (CSA practice 4.6).
 * @throws VerificationError
 */
export async function admitRelease(
  instance: Instance,
  registry: RegistryClient,
  repository: string,
  reference: string,
): Promise<VerifiedImage> {
  const { digest } = await registry.resolve(repository, reference);
  const trust = await loadTrust(join(instance.stateDir, 'trust', 'trust.json'));
  return verifyRelease({ registry, repository, digest, trust, maxAgeSeconds: VERDICT_LIFE.maxAgeSeconds });
}

/**
 * Downloads what was verified, each blob checked against its digest, loads it, and compares what the engine then holds with it. Of an image
 * that the engine has already only the configuration is read, to compare the two.
 */
export async function fetchRelease(
  instance: Instance,
  docker: Docker,
  registry: RegistryClient,
  image: VerifiedImage,
): Promise<LoadedImage> {
  const { config } = image.manifest.json;
  const present = await presentImage(docker, config.digest, parseImageConfig(await registry.getBlobBytes(image.repository, config)));
  if (present !== undefined) return present;
  const dir = await mkdtemp(join(instance.stateDir, 'release-'));
  try {
    const store = await OciLayout.create(dir);
    await registry.pullToLayout(image.repository, image.digest, store);
    return await loadLayout(docker, new OwnImages(instance), store.dir, image.digest);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
