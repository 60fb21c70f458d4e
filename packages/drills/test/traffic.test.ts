import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Traffic } from '../src/fleet/traffic.ts';

/** One client, whose first requests are answered otherwise. */
async function sent(failures: number): Promise<Traffic> {
  const answers = Array.from({ length: failures }, () => 503);
  const traffic = Traffic.of(async () => new Response('', { status: answers.shift() ?? 200 }), { clients: 1, pause: 0 }, 200);
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
    expect(losses).toBe(`1 × 503 (${new Date(lost[0]?.at ?? 0).toISOString().slice(11)})`);
  });

  it('is told with three times at most', async () => {
    const { losses } = await sent(5);
    expect(losses).toMatch(/^5 × 503 \(.*, …\)$/);
    expect(losses.split(', ')).toHaveLength(4);
  });
});
