import { readFile } from 'node:fs/promises';
import type { ServiceCard } from '@seaworthy/policy';
import { SERVICE_FILE, sourceMapPath } from '../provenance/source-maps.ts';
import { BuildError } from './error.ts';
import { sameGzip } from './gzip.ts';

/**
 * The source maps of all that a service ships, by the path that each file has in its image: gzip of JSON, and the same bytes for the same bundles.
 * The text of the sources is not in them: the commit and the lockfile, which the provenance names beside the maps, have it.
 * @param bundleDir where `buildService` put the bundles
 * @throws {BuildError} FILE_MISSING
 */
export async function packSourceMaps(bundleDir: string, { name, programs }: Pick<ServiceCard, 'name' | 'programs'>): Promise<Buffer> {
  const files = [SERVICE_FILE, ...programs.map(({ to }) => to)].toSorted();
  const maps = files.map(async (file) => `${JSON.stringify(file)}:${await readMap(name, sourceMapPath(bundleDir, file))}`);
  return sameGzip(`{${(await Promise.all(maps)).join(',')}}`);
}

async function readMap(service: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BuildError({
      code: 'FILE_MISSING',
      message: `expected the source map ${path} beside a bundle of ${service}, found none; build the service first`,
      cause,
    });
  });
}
