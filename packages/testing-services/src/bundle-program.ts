import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleService } from '@seaworthy/supply-chain/build';

const bundles = new Map<string, Promise<string>>();

/** Text of a program, bundled as it ships. `folder` is an app or a package, `entry` a file in it. */
export async function bundleProgram(folder: string, entry: string): Promise<string> {
  const key = join(folder, entry);
  const pending = bundles.get(key) ?? bundle(folder, entry);
  bundles.set(key, pending);
  return pending;
}

async function bundle(appDir: string, entry: string): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'seaworthy-bundle-'));
  try {
    const { mainFile } = await bundleService({ appDir, entry, outDir });
    return await readFile(mainFile, 'utf8');
  } finally {
    await rm(outDir, { recursive: true });
  }
}
