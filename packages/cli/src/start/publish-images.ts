import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { VERDICT_LIFE } from '@seaworthy/contracts';
import { ContentCache, DebianArchive, inOrder } from '@seaworthy/images';
import type { BuiltImage } from '@seaworthy/images';
import type { RegistryClient } from '@seaworthy/oci';
import { fetchAdvisories, loadTrust, publishBaseImage, scanNpm, scanOs, verifyRelease } from '@seaworthy/supply-chain';
import type { ScanResult } from '@seaworthy/supply-chain';
import { userNetwork } from '../host/user-network.ts';
import type { PlatformAccess } from '../platform/access.ts';
import { promote } from '../platform/promotion.ts';
import type { Progress } from '../ui/progress.ts';
import type { BuiltPlatform } from './build.ts';
import { keyRing } from './key-ring.ts';

/** While the registry stores one image, another is scanned and signed. */
const PARALLEL_PUBLICATIONS = 2;

/** The security suite as it is now; undefined with the reason when the archive does not answer or is refused. */
type Security =
  | { readonly archive: DebianArchive; readonly index: Awaited<ReturnType<DebianArchive['security']>> }
  | { readonly problem: string };

/**
 * Pushes the hardened images to staging/ with evidence that the image builder signs, and asks the gatekeeper to promote them. Those that
 * are released already are left alone.
 */
export async function publishImages(
  access: PlatformAccess,
  built: Pick<BuiltPlatform, 'commit' | 'images'>,
  progress: Progress,
): Promise<void> {
  const pending = await unreleased(access, built.images);
  if (pending.length === 0) return;
  await progress.stage(`Publishing ${names(pending)}, with evidence, through the gatekeeper`, async (stage) => {
    const registry = access.registry(access.workload('image-builder'));
    const security = await securityIndex(access, pending[0]?.arch ?? 'amd64');
    const byName = new Map(pending.map((image) => [image.name, image]));
    const order = pending.map(({ name, parent }) => ({ name, parent: parent?.name }));
    let begun = 0;
    await inOrder(order, PARALLEL_PUBLICATIONS, async (name) => {
      stage.update(`${name} ${(begun += 1)}/${pending.length}`);
      const image = byName.get(name);
      if (image !== undefined) await publishOne(access, registry, built.commit, image, security);
    });
    stage.update(`${pending.length} promoted`);
  });
}

function names(images: readonly BuiltImage[]): string {
  return images.length > 3 ? `${images.length} hardened images` : `the images ${images.map(({ name }) => name).join(', ')}`;
}

/** Those without a verdict, or with one that wants to be renewed. */
async function unreleased(access: PlatformAccess, images: readonly BuiltImage[]): Promise<BuiltImage[]> {
  const registry = access.registry(access.workload('deploy'));
  const trust = await loadTrust(join(access.instance.stateDir, 'trust', 'trust.json'));
  const released = await Promise.all(
    images.map(async ({ name, manifestDigest }) =>
      verifyRelease({
        registry,
        repository: `release/${name}`,
        digest: manifestDigest,
        trust,
        maxAgeSeconds: VERDICT_LIFE.renewAfterSeconds,
      }).then(
        () => true,
        () => false,
      ),
    ),
  );
  return images.filter((_image, position) => !released[position]);
}

async function publishOne(
  access: PlatformAccess,
  registry: RegistryClient,
  commit: string,
  image: BuiltImage,
  security: Security,
): Promise<void> {
  const startedOn = new Date();
  const tag = image.manifestDigest.slice('sha256:'.length, 'sha256:'.length + 12);
  const scans = await scan(image, security);
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

async function scan(image: BuiltImage, security: Security): Promise<ScanResult[]> {
  const os = await scanPackages(image, security);
  if (image.npm.length === 0) return [os, scanNpm({ packages: [] })];
  const answer = await fetchAdvisories({ registry: userNetwork().npmRegistry, packages: image.npm });
  return [os, scanNpm({ packages: image.npm, answer })];
}

/** Only when something is outdated are the fixed packages fetched, for the CVE ids in their changelogs. */
async function scanPackages({ packages }: BuiltImage, security: Security): Promise<ScanResult> {
  const now = new Date();
  if ('problem' in security) return scanOs({ installed: packages, index: undefined, now, problem: security.problem });
  const { archive, index } = security;
  const first = scanOs({ installed: packages, index, now });
  const sources = new Set(first.records.flatMap(({ affected }) => affected.map((one) => one.package.name)));
  if (sources.size === 0) return first;
  const changelogs = new Map<string, string>();
  for (const { name } of packages) {
    const candidate = index.find(name);
    if (!candidate || !sources.has(candidate.source) || changelogs.has(candidate.source)) continue;
    // a label that cannot be had takes nothing from the finding
    const changelog = await archive.changelog(candidate).catch(() => undefined);
    if (changelog !== undefined) changelogs.set(candidate.source, changelog);
  }
  return scanOs({ installed: packages, index, now, changelogs });
}

async function securityIndex(access: PlatformAccess, arch: BuiltImage['arch']): Promise<Security> {
  try {
    const archive = new DebianArchive({ cache: new ContentCache(join(access.instance.sharedDir, 'cache')) });
    return { archive, index: await archive.security(arch) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
