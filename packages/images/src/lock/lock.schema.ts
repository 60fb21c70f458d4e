import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ImageError } from '../errors.ts';
import type { Architecture } from '../declaration/image.schema.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const lockedPackage = z.strictObject({
  name: z.string(),
  version: z.string(),
  source: z.string(),
  archive: z.enum(['debian', 'security']),
  path: z.string().regex(/^pool\/(?!.*\.\.)\S+\.deb$/),
  sha256,
  size: z.int(),
});
export type LockedPackage = z.infer<typeof lockedPackage>;

const lockedIndex = z.strictObject({ suite: z.string(), date: z.string(), sha256 });
export type LockedIndex = z.infer<typeof lockedIndex>;

const lockedArchitecture = z.array(lockedPackage);

/** `infra/images/<name>/lock.json`: exactly which packages an image is made of, and which signed indexes said so. */
export const lockSchema = z.strictObject({
  image: z.string(),
  indexes: z.array(lockedIndex),
  packages: z.strictObject({ amd64: lockedArchitecture, arm64: lockedArchitecture }),
});
export type ImageLock = z.infer<typeof lockSchema>;

export const LOCK_FILE = 'lock.json';

/** Reads an image's lock. Refuses with LOCK_MISSING, and says the command that makes it. */
export async function loadLock(imageDir: string, name: string): Promise<ImageLock> {
  const file = join(imageDir, LOCK_FILE);
  try {
    return lockSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new ImageError({
      code: 'LOCK_MISSING',
      message: `expected a valid lock in ${file}, found none; run npm run images update ${name}`,
      cause,
    });
  }
}

export function formatLock(lock: unknown): string {
  return `${JSON.stringify(lock, null, 2)}\n`;
}

/** What a reviewer wants to read: `+name version`, `-name version`, one a line. */
export function diffPackages(before: ImageLock, after: ImageLock): string[] {
  return (['amd64', 'arm64'] satisfies Architecture[]).flatMap((arch) => {
    const line = ({ name, version, sha256: hash }: LockedPackage): string => `${arch} ${name} ${version} sha256:${hash.slice(0, 12)}`;
    const [old, fresh] = [before, after].map(({ packages }) => new Set(packages[arch].map(line)));
    return [
      ...[...(old ?? [])].filter((one) => !fresh?.has(one)).map((one) => `-${one}`),
      ...[...(fresh ?? [])].filter((one) => !old?.has(one)).map((one) => `+${one}`),
    ];
  });
}
