import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ImageError } from '../errors.ts';
import { ContentCache } from './content.cache.ts';

/** A package that the workspace's package-lock.json pins. */
export interface PinnedNpmPackage {
  name: string;
  version: string;
  integrity: string;
}

const packageLock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/** Version and integrity of a package as package-lock.json pins it. */
export async function pinnedNpmPackage(name: string, lockFile: string): Promise<PinnedNpmPackage> {
  const { packages } = packageLock.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version && integrity?.startsWith('sha512-')) return { name, version, integrity };
  throw new ImageError({
    code: 'NPM_UNAVAILABLE',
    message: `expected ${name} with a sha512 integrity in ${lockFile}, found none; add it to the workspace's package.json and run npm install`,
  });
}

/**
 * The package's tarball, verified against its integrity: from our cache, from npm's (where `npm ci` has left it), or by `npm pack`, which
 * honours the user's registry, credentials, proxy and CA. The unpacked copy in node_modules is not used: nothing vouches for its files.
 */
export async function npmTarball(pinned: PinnedNpmPackage, options: { cacheDir: string; lockFile: string }): Promise<Buffer> {
  const { name, version, integrity } = pinned;
  const cache = new ContentCache(options.cacheDir, 'sha512');
  const hex = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  const known = await cache.read(hex);
  if (known) return known;
  const workspace = dirname(options.lockFile);
  const bytes = (await fromNpmCache(hex, workspace)) ?? (await pack(`${name}@${version}`, workspace));
  const found = cache.hash(bytes);
  if (found !== hex) {
    throw new ImageError({
      code: 'PACKAGE_ALTERED',
      message: `${name}@${version}: expected sha512 ${hex.slice(0, 16)}… as package-lock.json says, found ${found.slice(0, 16)}…; the npm registry serves another file: use another registry`,
    });
  }
  await cache.write(hex, bytes);
  return bytes;
}

async function fromNpmCache(hex: string, workspace: string): Promise<Buffer | undefined> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'cache'], { cwd: workspace });
  const bytes = await readFile(
    join(stdout.trim(), '_cacache', 'content-v2', 'sha512', hex.slice(0, 2), hex.slice(2, 4), hex.slice(4)),
  ).catch(() => undefined);
  return bytes && new ContentCache('', 'sha512').hash(bytes) === hex ? bytes : undefined;
}

async function pack(spec: string, workspace: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'seaworthy-npm-'));
  try {
    await promisify(execFile)('npm', ['pack', spec, '--ignore-scripts', '--pack-destination', folder], { cwd: workspace });
    const [tarball] = await readdir(folder);
    if (!tarball) throw new Error('npm pack wrote no file');
    return await readFile(join(folder, tarball));
  } catch (cause) {
    throw new ImageError({
      code: 'NPM_UNAVAILABLE',
      message: `expected ${spec} from the npm registry, found none; check npm config get registry, and try: npm pack ${spec}`,
      cause,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
