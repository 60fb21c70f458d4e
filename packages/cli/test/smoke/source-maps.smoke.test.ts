import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import { RELEASE_TAG } from '@seaworthy/contracts';
import { digestOf } from '@seaworthy/oci';
import type { Descriptor, RegistryClient } from '@seaworthy/oci';
import { findSourceMaps, loadTrust, SERVICE_FILE, SOURCE_MAPS_LIMIT, SOURCE_MAPS_TYPE } from '@seaworthy/supply-chain';
import type { VerifiedImage } from '@seaworthy/supply-chain';
import { extract } from 'tar-stream';
import { admitRelease } from '../../src/deploy/release.ts';
import { runCommand } from '../../src/host/command.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { PlatformAccess } from '../../src/platform/access.ts';
import { instance } from './ask.ts';

const RELEASE = 'release/catalog';
/** What catalog says of a product that there is not, and where it says so. */
const SAID = 'expected the id of a product, found one that none has';
const SOURCE = 'apps/catalog/src/products/products.service.ts';
const TRACE = ['--disable-warning=ExperimentalWarning', join(REPOSITORY, 'packages/cli/src/main.ts'), 'trace', '--service', 'catalog'];

describe('the source maps of what runs', () => {
  let access: PlatformAccess;
  let registry: RegistryClient;
  let image: VerifiedImage;
  let named: { maps: Descriptor | undefined; commit: string };
  beforeAll(async () => {
    access = new PlatformAccess(instance);
    registry = access.registry(access.workload('deploy'));
    image = await admitRelease(instance, registry, RELEASE, RELEASE_TAG);
    const trust = await loadTrust(join(instance.stateDir, 'trust', 'trust.json'));
    named = await findSourceMaps({ registry, trust, repository: RELEASE, digest: image.digest });
  });
  afterAll(async () => {
    await access?.close();
  });

  /** The files of the service's own layer. */
  const shipped = async (): Promise<Map<string, Buffer>> => {
    const files = new Map<string, Buffer>();
    const tar = extract();
    const layer = image.manifest.json.layers.at(-1);
    if (layer === undefined) throw new Error(`expected a layer of ${RELEASE}`);
    (await registry.getBlob(RELEASE, layer)).pipe(createGunzip()).pipe(tar);
    for await (const entry of tar) files.set(`/${entry.header.name}`, await buffer(entry));
    return files;
  };
  const trace = async (input: string, ...words: string[]) =>
    runCommand(process.execPath, [...TRACE, ...words], { cwd: REPOSITORY, env: { ...process.env, NODE_OPTIONS: '' }, input });

  it('lie beside its image, are those that the verified provenance names, and are in no layer', async () => {
    const { maps } = named;
    if (maps === undefined) throw new Error(`expected the provenance of ${RELEASE}@${image.digest} to name source maps`);
    expect(digestOf(await registry.getBlobBytes(RELEASE, maps, SOURCE_MAPS_LIMIT))).toBe(maps.digest);
    const artifacts = await registry.referrers(RELEASE, image.digest, SOURCE_MAPS_TYPE);
    const layers = artifacts.map(async ({ digest }) => (await registry.getImageManifest(RELEASE, digest)).json.layers);
    expect((await Promise.all(layers)).flat()).toContainEqual(maps);
    const files = await shipped();
    expect([...files.keys()]).toContain(SERVICE_FILE);
    expect([...files.keys()].filter((name) => name.includes('.map') || name.includes('source-maps'))).toEqual([]);
    expect(files.get(SERVICE_FILE)?.includes('sourceMappingURL')).toBe(false);
  });

  it('lead npm run trace from a place of the shipped bundle to the line of the source, in the commit that is named', async () => {
    const lines = (await shipped()).get(SERVICE_FILE)?.toString('latin1').split('\n') ?? [];
    const line = lines.findIndex((one) => one.includes(SAID));
    // as V8 counts: the file's first line, which makes it a script, is its line 0
    const place = `${SERVICE_FILE}:${line}:${(lines[line]?.indexOf(SAID) ?? -1) + 1}`;
    const { stdout: source } = await runCommand('git', ['-C', REPOSITORY, 'show', `${named.commit}:${SOURCE}`]);
    const origin = `${SOURCE}:${source.split('\n').findIndex((one) => one.includes(SAID)) + 1}:`;

    for (const reference of [[], [image.digest]]) {
      const { code, stdout, stderr } = await trace(`at ask (${place})\n`, '--release', ...reference);
      expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining(`at ask (${origin}`) });
      expect(stderr).toContain(`1 places mapped, 0 not; ${RELEASE}@${image.digest.slice(0, 19)}, verified`);
    }
  });

  it('are not looked for in a release that there is not', async () => {
    const { code, stderr } = await trace('at ask (/app/service.js:1:1)\n', '--release', '0'.repeat(40));
    expect(code).toBe(2);
    expect(stderr).toMatch(/There is no such release of release\/catalog[\s\S]*expected[\s\S]*found {4}0{40}[\s\S]*do /);
  });
});
