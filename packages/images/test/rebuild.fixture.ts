import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const SOURCES = join(import.meta.dirname, '../src');

/** Whoever builds a second time: nobody, where this process may become that user. */
export const OTHER_USER = process.getuid?.() === 0 ? 65_534 : undefined;

/** What was built a second time, and by which user. */
export interface Rebuilt {
  readonly user: number;
  /** manifest digests by image */
  readonly digests: Readonly<Record<string, string>>;
}

/** What a first build was made from, and where it went. */
interface FirstBuild {
  readonly imagesDir: string;
  readonly cacheDir: string;
  readonly outDir: string;
}

/**
 * Builds all images anew from copies of their declarations, locks and packages in a folder of its own, in a process whose clock says 2031.
 * It becomes the other user only when it has read its own sources, which may lie below a home that is closed to others.
 */
export async function rebuildElsewhere(first: FirstBuild): Promise<Rebuilt> {
  const folder = await mkdtemp(join(tmpdir(), 'seaworthy-rebuilt-'));
  try {
    return await build(await copyTo(folder, first));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyTo(folder: string, { imagesDir, cacheDir, outDir }: FirstBuild): Promise<FirstBuild> {
  const copy = { imagesDir: join(folder, 'infra/images'), cacheDir: join(folder, 'state/cache'), outDir: join(folder, 'state/images') };
  await cp(imagesDir, copy.imagesDir, { recursive: true });
  await cp(join(imagesDir, '../../package-lock.json'), join(folder, 'package-lock.json'));
  await cp(cacheDir, copy.cacheDir, { recursive: true });
  await copyLocalLocks(dirname(outDir), dirname(copy.outDir));
  if (OTHER_USER !== undefined) await giveTo(OTHER_USER, folder);
  return copy;
}

async function build(copy: FirstBuild): Promise<Rebuilt> {
  const program = `
    const Real = Date;
    globalThis.Date = class extends Real { constructor(...args) { args.length ? super(...args) : super('2031-02-03T04:05:06Z'); } static now() { return 1927859106000; } };
    const { buildImages } = await import(${JSON.stringify(join(SOURCES, 'index.ts'))});
    await (await import(${JSON.stringify(join(SOURCES, 'build.record.ts'))})).assemblerVersion();
    const other = ${JSON.stringify(OTHER_USER)};
    if (other !== undefined) { process.setgroups([]); process.setgid(other); process.setuid(other); }
    const built = await buildImages(${JSON.stringify(copy)});
    const digests = Object.fromEntries(built.map(({ name, manifestDigest }) => [name, manifestDigest]));
    console.log(JSON.stringify({ user: process.getuid(), digests }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: dirname(copy.outDir),
    env: { PATH: process.env['PATH'], TZ: 'Pacific/Auckland', LANG: 'tr_TR.UTF-8', HOME: '/nonexistent' },
  });
  return JSON.parse(stdout) as Rebuilt;
}

/** Of a machine whose mirror no longer has a locked package: without them the second build would ask the archive, by its clock. */
async function copyLocalLocks(from: string, to: string): Promise<void> {
  if ((await readdir(from)).includes('locks')) await cp(join(from, 'locks'), join(to, 'locks'), { recursive: true });
}

async function giveTo(user: number, folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const path of ['', ...(await readdir(folder, { recursive: true }))]) await chown(join(folder, path), user, user);
}
