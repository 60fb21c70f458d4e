import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { readMapArchive } from '../../src/trace/map-archive.ts';

const MAP = { version: 3, sources: ['apps/catalog/src/main.ts'], names: [], mappings: 'AACE' };
const archive = (content: unknown): Buffer => gzipSync(JSON.stringify(content));

describe('an archive of source maps', () => {
  it('gives the map of each file', () => {
    expect(readMapArchive(archive({ '/app/service.js': MAP }), 'catalog')).toEqual(new Map([['/app/service.js', MAP]]));
  });
  it.each<[string, Buffer, string]>([
    ['no gzip', Buffer.from('maps'), 'bytes that are no gzip'],
    ['a part of one', archive({ '/app/service.js': MAP }).subarray(0, 40), 'bytes that are no gzip'],
    ['no JSON', gzipSync('maps'), 'no JSON in it'],
    ['JSON of another kind', archive(['maps']), 'something else'],
    ['a map of another kind', archive({ '/app/service.js': { ...MAP, mappings: 7 } }), 'mappings'],
    ['a map of another revision', archive({ '/app/service.js': { ...MAP, version: 4 } }), 'version'],
    ['far more than its size says', gzipSync(Buffer.alloc(1_000_001)), 'more than 1000000 bytes in it'],
  ])('is refused when it is %s', (_what, bytes, found) => {
    expect(() => readMapArchive(bytes, 'catalog', 1_000_000)).toThrow(
      expect.objectContaining({
        code: 'FAILED',
        message: 'The source maps of catalog cannot be read',
        found: expect.stringContaining(found),
        remedy: expect.stringContaining('npm start'),
      }),
    );
  });
});
