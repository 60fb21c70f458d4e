import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders of a test: declarations, cache, layouts, local locks. */
export interface Workspace {
  root: string;
  imagesDir: string;
  cacheDir: string;
  outDir: string;
  npmLockFile: string;
  /** Declares an image. */
  declare: (name: string, yaml: string, files?: Record<string, string>) => Promise<void>;
  remove: () => Promise<void>;
}

export async function makeWorkspace(): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'seaworthy-images-'));
  const imagesDir = join(root, 'infra', 'images');
  await mkdir(imagesDir, { recursive: true });
  const npmLockFile = join(root, 'package-lock.json');
  await writeFile(npmLockFile, '{"packages":{}}');
  return {
    root,
    imagesDir,
    cacheDir: join(root, 'state', 'cache'),
    outDir: join(root, 'state', 'images'),
    npmLockFile,
    declare: async (name, yaml, files = {}) => {
      await mkdir(join(imagesDir, name), { recursive: true });
      const head = `name: ${name}\ndescription: an image of a test\ntier: public\n`;
      await writeFile(join(imagesDir, name, 'image.yaml'), head + yaml);
      for (const [file, content] of Object.entries(files)) await writeFile(join(imagesDir, name, file), content);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
