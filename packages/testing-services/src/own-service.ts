import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildService } from '@seaworthy/supply-chain/build';
import { loadImage, OWN_IMAGES, ownImage, REPOSITORY_ROOT } from '@seaworthy/testing';

const loaded = new Map<string, Promise<string>>();

/** Id of a service's image as it would ship, made from the working tree, in the engine. */
export async function ownService(name: string): Promise<string> {
  const pending = loaded.get(name) ?? build(name);
  loaded.set(name, pending);
  return pending;
}

async function build(name: string): Promise<string> {
  await ownImage('node');
  const outDir = await mkdtemp(join(tmpdir(), 'seaworthy-test-'));
  try {
    const { layoutDir, configDigest } = await buildService(name, { sourceDir: REPOSITORY_ROOT, imagesDir: OWN_IMAGES, outDir });
    return await loadImage(layoutDir, configDigest);
  } finally {
    await rm(outDir, { recursive: true });
  }
}
