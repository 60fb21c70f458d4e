import { SourceMap, type SourceMapPayload } from 'node:module';

/** The source maps of what one service ships, wherever they are kept. */
export interface SourceMaps {
  /** Of a file as it is called in the image, such as `/app/service.js`; undefined where there is none. */
  of(file: string): SourceMapPayload | undefined;
  /** what they belong to, for whoever reads a mapped trace */
  readonly about: string;
}

/** What leads from a place in a service's shipped files to its source. */
export class ShippedBundle {
  readonly #source: SourceMaps;
  readonly #maps = new Map<string, SourceMap | undefined>();

  constructor(source: SourceMaps) {
    this.#source = source;
  }

  /** `apps/catalog/src/main.ts:7:3` for a place in a shipped file, both counted from 1; undefined where no source stands behind it. */
  origin(file: string, line: number, column: number): string | undefined {
    const found = this.#mapOf(file)?.findEntry(line - 1, column - 1);
    // the nearest entry before the place may be of another line: then nothing is known of this one
    if (!found || !('originalSource' in found) || found.generatedLine !== line - 1) return undefined;
    return `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  }

  #mapOf(file: string): SourceMap | undefined {
    if (!this.#maps.has(file)) {
      const payload = this.#source.of(file);
      this.#maps.set(file, payload && new SourceMap(payload));
    }
    return this.#maps.get(file);
  }
}
