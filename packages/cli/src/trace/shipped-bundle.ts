import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, join } from 'node:path';
import { UserError } from '../errors.ts';

/** Where a service finds its own files in its image. */
const APP = '/app/';

/** The source maps of a service's shipped files: made with its bundle, kept on this machine beside it, never in the image. */
export class ShippedBundle {
  readonly #dir: string;
  readonly #maps = new Map<string, SourceMap | undefined>();
  /** SHA-256 of the main file that the map belongs to */
  readonly sha256: string;

  /** @throws UserError NOT_RUNNING when the service has not been built here */
  constructor(servicesDir: string, service: string) {
    this.#dir = join(servicesDir, service, 'bundle');
    const main = join(this.#dir, 'main.js');
    if (!existsSync(main) || !existsSync(`${main}.map`)) {
      throw new UserError({
        code: 'NOT_RUNNING',
        message: `There is no source map of ${service}`,
        expected: `${main}.map, which npm start keeps beside each bundle that it builds`,
        found: 'none',
        remedy: `npm start, if ${service} is a service of this repository (npm run dev -- --help names some)`,
      });
    }
    this.sha256 = createHash('sha256').update(readFileSync(main)).digest('hex');
  }

  /** `apps/catalog/src/main.ts:7:3` for a place in a shipped file, both counted from 1; undefined where no source stands behind it. */
  origin(file: string, line: number, column: number): string | undefined {
    const found = this.#mapOf(file)?.findEntry(line - 1, column - 1);
    // the nearest entry before the place may be of another line: then nothing is known of this one
    if (!found || !('originalSource' in found) || found.generatedLine !== line - 1) return undefined;
    return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  }

  #mapOf(file: string): SourceMap | undefined {
    if (!this.#maps.has(file)) this.#maps.set(file, this.#read(file));
    return this.#maps.get(file);
  }

  #read(file: string): SourceMap | undefined {
    const path = file === `${APP}service.js` ? join(this.#dir, 'main.js.map') : join(this.#dir, 'programs', basename(file), 'main.js.map');
    return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload) : undefined;
  }
}
