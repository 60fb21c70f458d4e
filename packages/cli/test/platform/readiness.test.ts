import { describe, expect, it } from '@jest/globals';
import { Response } from 'undici';
import type { PlatformAccess } from '../../src/platform/access.ts';
import { awaitReady } from '../../src/platform/readiness.ts';

describe('awaitReady', () => {
  const answering = (fetch: PlatformAccess['fetch']): PlatformAccess => ({ fetch }) as PlatformAccess;

  it('waits until each says that it is ready', async () => {
    let asked = 0;
    const slow = answering(async () => new Response('starting', { status: ++asked < 3 ? 503 : 200 }));
    await awaitReady(slow, ['identity', 'registry']);
    expect(asked).toBeGreaterThan(2);
  });

  describe('when one does not get ready', () => {
    const expired = answering(async () => {
      throw new TypeError('fetch failed', { cause: new Error('certificate has expired') });
    });

    it('names it, and what was found', async () => {
      await expect(awaitReady(expired, ['identity'], 10)).rejects.toMatchObject({
        message: 'identity does not get ready',
        found: 'certificate has expired',
      });
    });

    it('says what makes it anew: a start alone leaves a container that runs as it is', async () => {
      await expect(awaitReady(expired, ['identity'], 10)).rejects.toMatchObject({
        remedy: expect.stringMatching(/npm stop, then npm start/),
      });
    });
  });
});
