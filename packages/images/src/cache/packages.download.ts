import { download } from '../archive/download.ts';
import type { Mirrors } from '../archive/mirrors.ts';
import { ImageError } from '../errors.ts';
import type { LockedPackage } from '../lock/lock.schema.ts';
import type { ContentCache } from './content.cache.ts';

const PARALLEL = 6;

/** Sees to it that every package is in the cache with its locked hash. Refuses with PACKAGE_GONE, PACKAGE_ALTERED, MIRROR_UNREACHABLE. */
export async function ensurePackages(options: {
  packages: readonly LockedPackage[];
  cache: ContentCache;
  mirrors: () => Promise<Mirrors>;
  onPackage?: (one: LockedPackage) => void;
}): Promise<void> {
  const queue = [...options.packages];
  const work = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      await ensure(one);
      options.onPackage?.(one);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));

  async function ensure(locked: LockedPackage): Promise<void> {
    if (await options.cache.has(locked.sha256)) return;
    const mirrors = await options.mirrors();
    // what was a security fix moves into the main archive with the next point release, under the same path
    const first = mirrors[locked.archive];
    const second = mirrors[locked.archive === 'debian' ? 'security' : 'debian'];
    const answer = (await download(`${first}/${locked.path}`)) ?? (await download(`${second}/${locked.path}`));
    if (!answer) {
      throw new ImageError({
        code: 'PACKAGE_GONE',
        message: `expected ${locked.name} ${locked.version} at ${first}/${locked.path}, found that it has left the archive; run npm run images update`,
      });
    }
    const found = options.cache.hash(answer.bytes);
    if (found !== locked.sha256) {
      throw new ImageError({
        code: 'PACKAGE_ALTERED',
        message: `${first}/${locked.path}: expected sha256 ${locked.sha256} as locked, found ${found}; the mirror or a proxy alters files: use another mirror. Nothing of it was kept`,
      });
    }
    await options.cache.write(locked.sha256, answer.bytes);
  }
}
