import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../src/errors.ts';
import type { PlatformAccess } from '../../src/platform/access.ts';
import { listServices, readEvents, readServices } from '../../src/platform/fleet.ts';
import type { FleetEvent } from '../../src/platform/fleet.ts';
import { followEvents } from '../../src/platform/follow-events.ts';

const accessTo = (answer: () => Response): PlatformAccess =>
  ({ workload: () => async () => 'token', fetch: async () => answer() }) as unknown as PlatformAccess;
const refused = (): never => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9446') });
};

describe('the fleet', () => {
  describe.each([
    ['is down', refused, 'connect ECONNREFUSED 127.0.0.1:9446'],
    ['refuses', () => new Response('{}', { status: 403 }), 'status 403'],
    ['gives something else than JSON', () => new Response('<html>'), expect.stringContaining('JSON')],
  ])('when it %s', (_what, answer, found) => {
    const unreachable = { code: 'NETWORK_UNREACHABLE', exitCode: 69, found };

    it('is told of, by code 69', async () => {
      await expect(listServices(accessTo(answer))).rejects.toMatchObject(unreachable);
      await expect(readEvents(accessTo(answer))).rejects.toMatchObject(unreachable);
    });

    it('is waited for by a deploy: it keeps nothing yet', async () => {
      expect(await readServices(accessTo(answer))).toEqual([]);
    });
  });

  it('may keep nothing', async () => {
    expect(await listServices(accessTo(() => Response.json({ services: [] })))).toEqual([]);
    expect(await readEvents(accessTo(() => Response.json({ events: [] })))).toEqual([]);
  });

  it('that answers in another form is a defect, and nothing to wait for', async () => {
    await expect(readServices(accessTo(() => Response.json({ services: [{}] })))).rejects.not.toBeInstanceOf(UserError);
  });
});

describe('followEvents', () => {
  const silence = new UserError({ code: 'NETWORK_UNREACHABLE', message: 'silent', remedy: 'wait' });
  const event = (id: number): FleetEvent => ({ id, time: '', service: 'catalog', kind: 'started', detail: '' });

  it('says once, each time that the fleet is silent, that it waits, and goes on after the last event', async () => {
    const answers = [[event(1), event(2)], silence, silence, [event(3)], [], silence, [event(4)], new Error('a defect')];
    const seen: unknown[] = [];
    const following = followEvents({
      read: async (after) => {
        const answer = answers.shift() ?? [];
        if (!Array.isArray(answer)) throw answer;
        seen.push(`after ${after}`);
        return answer;
      },
      onEvents: (events) => seen.push(...events.map(({ id }) => id)),
      onSilence: ({ message }) => seen.push(message),
      pollMs: 0,
    });
    await expect(following).rejects.toThrow('a defect');
    expect(seen).toEqual(['after 0', 1, 2, 'silent', 'after 2', 3, 'after 3', 'silent', 'after 3', 4]);
  });
});
