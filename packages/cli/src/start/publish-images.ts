import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ContentCache, DebianArchive, inOrder } from '@seaworthy/images';
import type { BuiltImage } from '@seaworthy/images';
import type { RegistryClient } from '@seaworthy/oci';
import { isReleased, loadTrust, publishBaseImage } from '@seaworthy/supply-chain';
import type { ScanResult } from '@seaworthy/supply-chain';
import { userNetwork } from '../host/user-network.ts';
import type { PlatformAccess } from '../platform/access.ts';
import { promote } from '../platform/promotion.ts';
import type { Progress } from '../ui/progress.ts';
import { keyRing } from './key-ring.ts';
import { scanImages } from './scan-images.ts';

/** While the registry stores one image, another is scanned and signed. */
const PARALLEL_PUBLICATIONS = 2;

/**
 * Pushes the hardened images to staging/ with evidence that the image builder signs, and asks the gatekeeper to promote them. Those that
 * are released already are left alone.
 */
export async function publishImages(
  access: PlatformAccess,
  built: { readonly commit: string; readonly images: readonly BuiltImage[] },
  progress: Progress,
): Promise<void> {
  const pending = await unreleased(access, built.images);
  if (pending.length === 0) return;
  await progress.stage(`Publishing ${names(pending)}, with evidence, through the gatekeeper`, async (stage) => {
    const registry = access.registry(access.workload('image-builder'));
    const startedOn = new Date();
    stage.update('asking the sources of advisories');
    const scans = await scanImages(pending, {
      lastAnswersFile: join(access.instance.stateDir, 'advisory-sources.json'),
      npmRegistry: userNetwork().npmRegistry,
      archive: new DebianArchive({ cache: new ContentCache(join(access.instance.sharedDir, 'cache')) }),
    });
    const byName = new Map(pending.map((image) => [image.name, image]));
    const order = pending.map(({ name, parent }) => ({ name, parent: parent?.name }));
    let begun = 0;
    await inOrder(order, PARALLEL_PUBLICATIONS, async (name) => {
      stage.update(`${name} ${(begun += 1)}/${pending.length}`);
      const image = byName.get(name);
      if (image !== undefined) await publishOne(access, registry, image, { commit: built.commit, startedOn, scans: scans.get(name) ?? [] });
    });
    stage.update(`${pending.length} promoted`);
  });
}

function names(images: readonly BuiltImage[]): string {
  return images.length > 3 ? `${images.length} hardened images` : `the images ${images.map(({ name }) => name).join(', ')}`;
}

async function unreleased(access: PlatformAccess, images: readonly BuiltImage[]): Promise<BuiltImage[]> {
  const registry = access.registry(access.workload('deploy'));
  const trust = await loadTrust(join(access.instance.stateDir, 'trust', 'trust.json'));
  const released = await Promise.all(
    images.map(async ({ name, manifestDigest }) => isReleased({ registry, trust }, { name, digest: manifestDigest })),
  );
  return images.filter((_image, position) => !released[position]);
}

async function publishOne(
  access: PlatformAccess,
  registry: RegistryClient,
  image: BuiltImage,
  { commit, startedOn, scans }: { commit: string; startedOn: Date; scans: readonly ScanResult[] },
): Promise<void> {
  const tag = image.manifestDigest.slice('sha256:'.length, 'sha256:'.length + 12);
  const { digest } = await publishBaseImage({
    registry,
    key: keyRing(access.instance).signingKeys['image-builder'],
    layoutDir: image.layoutDir,
    build: image,
    run: { commit, startedOn, finishedOn: new Date(), invocationId: randomUUID() },
    scans,
    // buildImages fails when a contract is broken: there is none among what it returns
    contractViolations: [],
    tag,
  });
  await promote(access, 'image-builder', { repository: `staging/${image.name}`, digest, tag });
}
