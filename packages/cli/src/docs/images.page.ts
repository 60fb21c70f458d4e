import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listImages, loadImageDeclaration } from '@seaworthy/images';
import { z } from 'zod';
import { REPOSITORY } from '../host/paths.ts';

const FOLDER = 'infra/images';
const Lock = z.object({ packages: z.object({ amd64: z.array(z.unknown()) }) });

/** Every hardened image: what it is for, what it is made on, and how much of Debian is in it. */
export async function imagesPage(): Promise<string> {
  const names = await listImages(join(REPOSITORY, FOLDER));
  const rows = await Promise.all(names.map(describe));
  return `# Images

Assembled from locked Debian packages, parents first. [How they are updated](../how-to/update-images.md),
[why there is no Dockerfile](../how-to/from-dockerfile.md). Everything in them runs as 65532. A service's image is its parent and one layer.

| image | for | parent | Debian packages, its parent's included |
|---|---|---|---|
${rows.join('\n')}`;
}

async function describe(name: string): Promise<string> {
  const { description, parent = '' } = await loadImageDeclaration(join(REPOSITORY, FOLDER, name));
  return `| [${name}](../../${FOLDER}/${name}/image.yaml) | ${description} | ${parent} | ${await countPackages(name)} |`;
}

async function countPackages(name: string): Promise<number> {
  const { parent } = await loadImageDeclaration(join(REPOSITORY, FOLDER, name));
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(REPOSITORY, FOLDER, name, 'lock.json'), 'utf8')));
  return packages.amd64.length + (parent === undefined ? 0 : await countPackages(parent));
}
