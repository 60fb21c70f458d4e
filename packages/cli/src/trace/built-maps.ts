import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { sourceMapPath } from '@seaworthy/supply-chain';
import { UserError } from '../errors.ts';
import type { SourceMaps } from './shipped-bundle.ts';

/**
 * The source maps of the last build on this machine: they lie beside each bundle.
 * @throws UserError NOT_RUNNING when the service has not been built here
 */
export function builtMaps(servicesDir: string, service: string): SourceMaps {
  const dir = join(servicesDir, service, 'bundle');
  const main = join(dir, 'main.js');
  if (!existsSync(main) || !existsSync(`${main}.map`)) {
    throw new UserError({
      code: 'NOT_RUNNING',
      message: `There is no source map of ${service}`,
      expected: `${main}.map, which npm start keeps beside each bundle that it builds`,
      found: 'none',
      remedy: `npm start, if ${service} is a service of this repository (npm run dev -- --help names some)`,
    });
  }
  const sha256 = createHash('sha256').update(readFileSync(main)).digest('hex');
  return {
    of: (file) => {
      const path = sourceMapPath(dir, file);
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload) : undefined;
    },
    about: `bundle of ${service}, sha256 ${sha256.slice(0, 12)} (the map is of the last build here)`,
  };
}
