import { join } from 'node:path';
import { VERDICT_LIFE } from '@seaworthy/contracts';
import { OciLayout } from '@seaworthy/oci';
import type { RegistryClient } from '@seaworthy/oci';
import { loadTrust, verifyRelease } from '@seaworthy/supply-chain';
import type { VerifiedImage } from '@seaworthy/supply-chain';
import type Docker from 'dockerode';
import { loadLayout } from '../engine/images.ts';
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

/** Downloads what was verified, each blob checked against its digest, loads it, and compares what the engine then holds with it. */
export async function fetchRelease(
  instance: Instance,
  docker: Docker,
  registry: RegistryClient,
  image: VerifiedImage,
): Promise<LoadedImage> {
  const store = await OciLayout.create(join(instance.stateDir, 'releases'));
  await registry.pullToLayout(image.repository, image.digest, store);
  return loadLayout(docker, store.dir, image.digest);
}
