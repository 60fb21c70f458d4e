import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Traffic } from '../src/fleet/traffic.ts';

/** One client, whose first requests are answered otherwise. */
async function sent(failures: number, body = '{"title":"Service Unavailable","status":503}'): Promise<Traffic> {
  let left = failures;
  const answer = async (): Promise<Response> => (left-- > 0 ? new Response(body, { status: 503 }) : new Response(''));
  const traffic = Traffic.of(answer, { clients: 1, pause: 0 }, 200);
  while (traffic.answers.length <= failures) await setImmediate();
  await traffic.stop();
  return traffic;
}

describe('what a load lost', () => {
  it('is nothing when all was answered', async () => {
    expect((await sent(0)).losses).toBe('none');
  });

  it('is told with its kind and its time, so that it can be found in a log', async () => {
    const { lost, losses } = await sent(1);
    expect(losses).toBe(`1 × 503 Service Unavailable (${new Date(lost[0]?.at ?? 0).toISOString().slice(11)})`);
  });

  it.each([
    ['a service gives its reason', '{"title":"Service Unavailable","detail":"too many requests at once"}', '503 too many requests at once'],
    ['the edge has a title alone', '{"title":"Service Unavailable"}', '503 Service Unavailable'],
    ['an answer without a document', '<html>', '503 without a problem document'],
    ['a document that is none', 'null', '503 without a problem document'],
  ])('says who lost it: %s', async (_, body, result) => {
    expect((await sent(1, body)).lost).toMatchObject([{ result }]);
  });

  it('is told with three times at most', async () => {
    const { losses } = await sent(5);
    expect(losses).toMatch(/^5 × 503 Service Unavailable \(.*, …\)$/);
    expect(losses.split(', ')).toHaveLength(4);
  });
});
