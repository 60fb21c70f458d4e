import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShippedPackage } from '@seaworthy/policy/change';
import { z } from 'zod';

const LOCK = 'package-lock.json';
const Lock = z.object({ packages: z.record(z.string(), z.object({ name: z.string().optional(), version: z.string().optional() })) });
const named = z.union([z.string(), z.object({ type: z.string() }).transform(({ type }) => type)]);
const Manifest = z.object({ license: named.optional().catch(undefined), licenses: z.array(named).optional().catch(undefined) });

/** The packages of a lockfile with the licence that each, as it was fetched, says to be under; the lockfile's word is the change's. */
export class InstalledLicences {
  readonly #places = new Map<string, string>();
  readonly #lines: readonly string[];
  readonly #packages: string;

  /** @param packages folder with the node_modules of that lockfile, and `nested/<workspace>/node_modules` */
  constructor(source: string, packages: string) {
    const text = readFileSync(join(source, LOCK), 'utf8');
    this.#packages = packages;
    this.#lines = text.split('\n');
    for (const [path, { name, version }] of Object.entries(Lock.parse(JSON.parse(text)).packages)) {
      const at = path.lastIndexOf('node_modules/');
      if (at >= 0 && version !== undefined) this.#places.set(`${name ?? path.slice(at + 'node_modules/'.length)}@${version}`, path);
    }
  }

  of({ name, version }: { readonly name: string; readonly version: string }): ShippedPackage {
    const place = this.#places.get(`${name}@${version}`);
    const line = place === undefined ? 1 : this.#lines.findIndex((text) => text.includes(`"${place}": {`)) + 1;
    const licence = place === undefined ? undefined : this.#read(place);
    return { name, version, file: LOCK, line: Math.max(line, 1), ...(licence === undefined ? {} : { licence }) };
  }

  #read(place: string): string | undefined {
    const folder = /^(?:apps|packages)\//.test(place) ? join('nested', place) : place;
    try {
      const { license, licenses } = Manifest.parse(JSON.parse(readFileSync(join(this.#packages, folder, 'package.json'), 'utf8')));
      // before 2014, packages listed the licences to choose from
      return license ?? (licenses?.length ? licenses.join(' OR ') : undefined);
    } catch {
      return undefined;
    }
  }
}
