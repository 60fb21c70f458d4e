import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { packSourceMaps } from '../../src/build/index.ts';

const map = (source: string) => ({ version: 3, sources: [source], names: [], mappings: 'AAAA' });
const CARD = { name: 'pipeline', programs: [{ entry: 'src/fetch.ts', to: '/app/jobs/fetch.js', external: [] }] };

describe('the source maps of a service', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'source-maps-'));
    mkdirSync(join(dir, 'programs/fetch.js'), { recursive: true });
    const write = (path: string, source: string) => writeFileSync(join(dir, path), JSON.stringify(map(source)));
    write('main.js.map', 'apps/pipeline/src/main.ts');
    write('programs/fetch.js/main.js.map', 'apps/pipeline/src/fetch.ts');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('are one archive, by the files that places in a stack name', async () => {
    expect(JSON.parse(gunzipSync(await packSourceMaps(dir, CARD)).toString())).toEqual({
      '/app/jobs/fetch.js': map('apps/pipeline/src/fetch.ts'),
      '/app/service.js': map('apps/pipeline/src/main.ts'),
    });
  });

  it('are the same bytes for the same bundles, in whatever order they are declared, and say nothing of the machine', async () => {
    const two = [...CARD.programs, { entry: 'src/main.ts', to: '/app/jobs/again.js', external: [] }];
    mkdirSync(join(dir, 'programs/again.js'));
    writeFileSync(join(dir, 'programs/again.js/main.js.map'), JSON.stringify(map('apps/pipeline/src/again.ts')));
    const [one, other] = [
      await packSourceMaps(dir, { ...CARD, programs: two }),
      await packSourceMaps(dir, { ...CARD, programs: two.toReversed() }),
    ];
    expect(one.equals(other)).toBe(true);
    // RFC 1952: time, and the operating system
    expect([one.readUInt32LE(4), one[9]]).toEqual([0, 0xff]);
  });

  it('are asked for where one is missing', async () => {
    rmSync(join(dir, 'programs/fetch.js/main.js.map'));
    await expect(packSourceMaps(dir, CARD)).rejects.toMatchObject({
      code: 'FILE_MISSING',
      message: expect.stringMatching(/expected the source map .*fetch\.js.* of pipeline, found none; build/),
    });
  });
});
