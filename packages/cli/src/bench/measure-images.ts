import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { RELEASE_TAG } from '@seaworthy/contracts';
import { OciLayout } from '@seaworthy/oci';
import { buildService, buildServiceImage, bundleService, serviceNames } from '@seaworthy/supply-chain/build';
import { extract } from 'tar-stream';
import { admitRelease } from '../deploy/release.ts';
import { interrupted } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';
import { PlatformAccess } from '../platform/access.ts';
import type { Figure } from './figures.ts';
import { times } from './times.ts';

const SERVICE = 'catalog';
const REPOSITORY = `release/${SERVICE}`;

/** Tag → digest → verdict, with a token and a connection of its own each time, against fetching the image's bytes afterwards. */
export async function measureVerification(instance: Instance, runs: number): Promise<Figure[]> {
  const verified: number[] = [];
  const pulled: number[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
  try {
    for (let run = 0; run < runs; run += 1) {
      interrupted.throwIfAborted();
      const access = new PlatformAccess(instance);
      const registry = access.registry(access.workload('deploy'));
      const started = performance.now();
      const { digest } = await admitRelease(instance, registry, REPOSITORY, RELEASE_TAG);
      verified.push(performance.now() - started);
      const store = await OciLayout.create(join(folder, String(run)));
      const pulling = performance.now();
      await registry.pullToLayout(REPOSITORY, digest, store);
      pulled.push(performance.now() - pulling);
      await access.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    { id: 'verify', title: 'verification of one image before pulling', unit: 'ms', values: verified, target: 300 },
    { id: 'pull', title: 'pulling that image, every blob checked', unit: 'ms', values: pulled },
  ];
}

/** From sources to one file, and from that file to the digest of an image. */
export async function measureBuild({ root, sharedDir }: Instance, runs: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
  const appDir = join(root, 'apps', SERVICE);
  const imagesDir = join(sharedDir, 'images');
  try {
    const { card, bundle } = await buildService(SERVICE, { sourceDir: root, imagesDir, outDir: folder });
    const bundleDir = bundle.outDir;
    const bundled = await times(runs, async () => bundleService({ appDir, outDir: bundleDir, entry: card.entry }));
    const parent = await OciLayout.open(join(imagesDir, card.parent));
    const image = { bundleDir, card, sourceDir: root, parent, outDir: join(folder, 'image') };
    const packed = await times(runs, async () => buildServiceImage(image));
    return [
      { id: 'bundle', title: `${SERVICE}: sources to bundle`, unit: 'ms', values: bundled },
      { id: 'image', title: `${SERVICE}: bundle to digest`, unit: 'ms', values: packed, target: 2000 },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What runs beside Node, and what a service adds. */
export async function measureSizes({ root, sharedDir }: Instance): Promise<Figure[]> {
  const files = await fileSizes(await OciLayout.open(join(sharedDir, 'images', 'node')));
  const rootfs = [...files.values()].reduce((sum, size) => sum + size, 0);
  const layers = await Promise.all(
    serviceNames(root).map(async (name) => {
      const { json } = await (await OciLayout.open(join(sharedDir, 'services', name, 'image'))).manifest();
      return { name, size: json.layers.at(-1)?.size ?? 0 };
    }),
  );
  const largest = layers.toSorted((a, b) => b.size - a.size)[0];
  return [
    {
      id: 'rootfs',
      title: 'node image: rootfs / node binary',
      unit: 'ratio',
      values: [rootfs / (files.get('usr/bin/node') ?? 0)],
      target: 1.08,
    },
    {
      id: 'layer',
      title: `largest service layer, compressed (${largest?.name})`,
      unit: 'bytes',
      values: [largest?.size ?? 0],
      target: 5_000_000,
    },
  ];
}

/** Regular files of all layers by path; a later layer's file takes the place of an earlier one's. */
async function fileSizes(layout: OciLayout): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const { json } = await layout.manifest();
  for (const layer of json.layers) {
    const tar = extract();
    layout.blobStream(layer).pipe(createGunzip()).pipe(tar);
    for await (const entry of tar) {
      if (entry.header.type === 'file') sizes.set(entry.header.name.replace(/^\.?\//, ''), entry.header.size ?? 0);
      entry.resume();
    }
  }
  return sizes;
}
