import { describe, expect, it } from '@jest/globals';
import type { DrillPlatform } from '../../platform.ts';
import { askCatalog } from './ask-meanwhile.ts';

/** An edge that answers so while a store is away, and serves before and afterwards. */
async function askWhileAway(answer: () => Response) {
  let away = false;
  const twice = Promise.withResolvers<void>();
  let asked = 0;
  const edge = async (): Promise<Response> => {
    if (!away) return new Response('[]');
    asked += 1;
    if (asked === 2) twice.resolve();
    return answer();
  };
  return askCatalog({ edge } as unknown as DrillPlatform, async () => {
    away = true;
    await twice.promise;
    away = false;
  });
}

const refusal = (status: number, type: string) => () => new Response('{}', { status, headers: { 'content-type': type } });

describe('customers of a store that goes away', () => {
  it('are refused with a problem', async () => {
    expect(await askWhileAway(refusal(503, 'application/problem+json'))).toEqual({
      refused: expect.any(Number),
      slowest: expect.any(Number),
      harm: undefined,
    });
  });

  it.each<[string, () => Response, string]>([
    ['a page', refusal(503, 'text/html'), '× 503'],
    ['another problem', refusal(500, 'application/problem+json'), '× 500'],
    [
      'no answer',
      () => {
        throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      },
      '× ECONNRESET',
    ],
  ])('are harmed by %s', async (_what, answer, harm) => {
    expect((await askWhileAway(answer)).harm).toContain(harm);
  });
});
