import { beforeEach, describe, expect, it } from '@jest/globals';
import { digestOf } from '@seaworthy/oci';
import type { DrillPlatform } from '../platform.ts';
import { doorLog, imageDownloads, writesSince } from './access-log.ts';

const REPOSITORY = 'release/drill';
const BLOB = digestOf(Buffer.from('a layer'));

describe('the log of the registry’s door', () => {
  let lines: Record<string, unknown>[];
  let platform: DrillPlatform;
  beforeEach(() => {
    lines = [];
    platform = {
      registry: () => ({
        resolve: async (repository: string, reference: string) => {
          lines.push({ repository, reference, method: 'HEAD', status: 401 });
          throw new Error('who are you?');
        },
      }),
      logs: async () => lines,
    } as unknown as DrillPlatform;
  });
  const say = (line: Record<string, unknown>): void => void lines.push({ repository: REPOSITORY, ...line });

  it('tells how much of an image was downloaded, and of nothing else', async () => {
    expect(await imageDownloads(platform, REPOSITORY, [BLOB], 0)).toEqual({ blobs: 0, bytes: 0 });
    say({ method: 'GET', status: 200, reference: BLOB, bytes: 7 });
    say({ method: 'GET', status: 401, reference: BLOB });
    say({ method: 'HEAD', status: 200, reference: BLOB });
    say({ method: 'GET', status: 200, reference: digestOf(Buffer.from('evidence')), bytes: 8 });
    say({ method: 'GET', status: 200, reference: BLOB, bytes: 9, repository: 'release/catalog' });
    expect(await imageDownloads(platform, REPOSITORY, [BLOB], 0)).toEqual({ blobs: 1, bytes: 7 });
  });

  it('tells what was written', async () => {
    expect(await writesSince(platform, REPOSITORY, 0)).toBe(0);
    say({ method: 'POST', status: 202, reference: '' });
    say({ method: 'PUT', status: 403, reference: BLOB });
    expect(await writesSince(platform, REPOSITORY, 0)).toBe(1);
  });

  it.each([
    ['is empty', []],
    ['holds only what was asked before', [{ repository: REPOSITORY, method: 'GET', status: 200, reference: 'attack' }]],
  ])('proves nothing when it %s', async (_what, found) => {
    await expect(doorLog({ ...platform, logs: async () => found }, REPOSITORY, 0, 1)).rejects.toThrow(
      "expected the log of the registry's door",
    );
  });
});
