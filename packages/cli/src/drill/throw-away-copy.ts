import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CopyChange } from '@seaworthy/drills';
import { buildImages } from '@seaworthy/images';
import { Compose } from '../engine/compose.ts';
import { checkoutDir, mainInstance, throwAwayInstance } from '../instance.ts';
import { onInterrupt } from '../host/interrupt.ts';
import { REPOSITORY } from '../host/paths.ts';
import { PlatformAccess } from '../platform/access.ts';
import { awaitReady } from '../platform/readiness.ts';
import { removeOwnCopy } from '../remove/remove-own-copy.ts';
import { writeEnvironment } from '../start/environment.ts';
import { awaitShop } from './await-shop.ts';
import { drillOnlyOverlay } from './drill-only-build.ts';
import { operatorFiles } from '../start/operator-files.ts';
import type { Host } from '../start/prepare-host.ts';
import { provision } from '../start/provision.ts';
import { publishImages } from '../start/publish-images.ts';
import type { RunningPlatform } from '../start/start-platform.ts';
import type { PlatformState } from '../start/state.ts';
import { createProgress } from '../ui/progress.ts';

/** Services that say over HTTPS when they are ready. */
const ANSWERING = { identity: 'identity', 'registry-gate': 'registry', gatekeeper: 'gatekeeper', pipeline: 'pipeline' } as const;
/** Keeps ports and subnets of the copy apart from the user's own. */
const SLOT = 1;

/**
 * Makes a copy of the platform beside the user's own, with keys, volumes, networks and ports of its own and with `change` made to it from
 * outside; runs `work` on it; and throws it away, whatever happened. What an earlier, interrupted one left goes first.
 */
export async function withThrowAwayCopy<T>(
  { host, state, change, drillFolder }: { host: Host; state: PlatformState; change: CopyChange; drillFolder: string },
  work: (copy: RunningPlatform) => Promise<T>,
): Promise<T> {
  const instance = throwAwayInstance(mainInstance(REPOSITORY), 'copy', SLOT);
  const throwAway = async (): Promise<void> => {
    await removeOwnCopy(host.engine, instance);
    rmSync(instance.stateDir, { recursive: true, force: true });
  };
  await throwAway();
  let gone: Promise<void> | undefined;
  // an interruption and the end of the work may come together: it is thrown away once
  const throwAwayOnce = async (): Promise<void> => (gone ??= throwAway());
  const forget = onInterrupt(throwAwayOnce);
  try {
    const { imageIds, bases } = state;
    const files = await operatorFiles(instance, { toolbox: imageIds['toolbox'] ?? '', bases }, change.jobsNetwork);
    await provision(host.docker, instance, imageIds['node'] ?? '', {
      ...files,
      ...(change.trust === undefined ? {} : { trust: change.trust }),
    });
    writeEnvironment(instance, imageIds, host.engine);
    const overlays = [
      ...(change.overlay === undefined ? [] : [join(drillFolder, change.overlay)]),
      ...(await drillOnlyOverlay(instance, change)),
    ];
    await new Compose(instance, host, overlays).up(change.services);
    const access = new PlatformAccess(instance);
    await awaitReady(
      access,
      change.services.flatMap((service) => (service in ANSWERING ? [ANSWERING[service as keyof typeof ANSWERING]] : [])),
    );
    if (['edge', 'orders'].every((service) => change.services.includes(service))) await awaitShop(access);
    if (change.services.includes('pipeline')) await publishParents(access, state);
    return await work({ instance, host, access, state });
  } finally {
    forget();
    await throwAwayOnce();
  }
}

/** A pipeline builds on released images alone: give the copy's registry those that services are made from. */
async function publishParents(access: PlatformAccess, { commit }: PlatformState): Promise<void> {
  const { sharedDir } = access.instance;
  const sourceDir = checkoutDir(access.instance);
  const images = await buildImages({
    imagesDir: join(sourceDir, 'infra', 'images'),
    cacheDir: join(sharedDir, 'cache'),
    outDir: join(sharedDir, 'images'),
    npmLockFile: join(sourceDir, 'package-lock.json'),
    names: ['node-git'],
  });
  await publishImages(access, { commit, images }, createProgress());
}
