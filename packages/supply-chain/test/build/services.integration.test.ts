import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { buildAllServices, checkoutCommit, serviceNames, type BuiltService } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

jest.setTimeout(300_000);
const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const LAYER_LIMIT = 5_000_000;
/** A plain one, and the one with programs and files besides; all of them take minutes. */
const ELSEWHERE = ['registry-gate', 'pipeline'];
/** Of a user's network: none of it belongs into an image. */
const NETWORK = {
  npm_config_registry: 'https://npm.example/',
  HTTPS_PROXY: 'http://proxy.example:3128',
  NODE_EXTRA_CA_CERTS: join(REPOSITORY, 'package.json'),
};

/** Parents without layers, as a job of the pipeline has them: manifest and configuration suffice. */
async function parents(): Promise<string> {
  const dir = await temporaryDir();
  for (const name of ['node', 'node-git']) {
    const layout = await OciLayout.create(join(dir, name));
    const tar = Buffer.from(name);
    const gzip = gzipSync(tar);
    const config = await layout.writeJson(
      { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } },
      MEDIA_TYPES.imageConfig,
    );
    const layers = [{ mediaType: MEDIA_TYPES.layerGzip, digest: digestOf(gzip), size: gzip.length }];
    await layout.setRef(
      name,
      await layout.writeJson({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers }, MEDIA_TYPES.imageManifest),
    );
  }
  return dir;
}

/**
 * What a program of its own says that the services' digests are, run as in somebody else's shell: other folder, time zone, home, rights
 * for new files, registry, proxy and authority.
 */
async function digestsElsewhere(only: readonly string[]): Promise<unknown> {
  const home = await temporaryDir();
  const build = pathToFileURL(join(REPOSITORY, 'packages/supply-chain/src/build/index.ts')).href;
  const program = `
    const { buildAllServices, checkoutCommit } = await import('${build}');
    const [repoDir, home, imagesDir, ...only] = process.argv.slice(1);
    const { dir } = await checkoutCommit({ repoDir, commit: 'HEAD', outDir: home + '/somewhere/else' });
    const built = await buildAllServices({ sourceDir: dir, imagesDir, outDir: home + '/out', only });
    console.log(JSON.stringify(digestsOf(built)));
    ${digestsOf.toString()}`;
  const node = [process.execPath, '--input-type=module', '--eval', program, REPOSITORY, home, await parents(), ...only];
  const env = { PATH: process.env['PATH'], HOME: home, TZ: 'Asia/Tokyo', LC_ALL: 'C', ...NETWORK, NODE_OPTIONS: '--no-warnings' };
  const { stdout } = await promisify(execFile)('sh', ['-c', 'umask 077 && exec "$0" "$@"', ...node], { cwd: '/', env });
  return JSON.parse(stdout);
}

function digestsOf(built: readonly { name: string; manifestDigest: string }[]): Record<string, string> {
  return Object.fromEntries(built.map(({ name, manifestDigest }) => [name, manifestDigest]));
}

describe("the repository's services", () => {
  let names: string[];
  let built: BuiltService[];
  beforeAll(async () => {
    const { dir } = await checkoutCommit({ repoDir: REPOSITORY, commit: 'HEAD', outDir: join(await temporaryDir(), 'checkout') });
    names = serviceNames(dir);
    built = await buildAllServices({ sourceDir: dir, imagesDir: await parents(), outDir: await temporaryDir() });
  });

  it('all build from HEAD, each in a layer of at most 5 MB', () => {
    expect(built.map(({ name }) => name)).toEqual(names);
    for (const { name, layer } of built) expect([name, layer.size <= LAYER_LIMIT]).toEqual([name, true]);
  });
  it.each([ELSEWHERE])('%s and %s have the same digests elsewhere, and so nothing of a machine and its network', async (...only) => {
    expect(await digestsElsewhere(only)).toEqual(digestsOf(built.filter(({ name }) => only.includes(name))));
  });
});
