import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAllServices, packSourceMaps, sourceMapsFile } from '@seaworthy/supply-chain/build';
import { jobProgram, PLACES } from './job.program.ts';

const WORK = '/tmp/built';

/** A bundle and an image for each service of the commit; parent images are there as layouts without layers. Nothing is executed of it. */
await jobProgram(async ({ services }) => {
  const built = await buildAllServices({
    sourceDir: PLACES.source,
    imagesDir: join(PLACES.inputs, 'parents'),
    outDir: WORK,
    only: services,
  });
  for (const { name, card } of built)
    writeFileSync(join(PLACES.output, sourceMapsFile(name)), await packSourceMaps(join(WORK, name, 'bundle'), card));
  const images = built.map(({ name, manifestDigest, configDigest, parent, card, bundle }) => {
    cpSync(join(WORK, name, 'image'), join(PLACES.output, 'images', name), { recursive: true });
    rmSync(join(PLACES.output, 'images', name, 'build.json'), { force: true });
    writeFileSync(join(PLACES.output, `${name}.packages.json`), JSON.stringify(bundle.packages));
    return { name, manifestDigest, configDigest, parent, tier: card.tier };
  });
  return { outcome: 'passed', summary: `built ${images.length} images`, facts: { images } };
});
