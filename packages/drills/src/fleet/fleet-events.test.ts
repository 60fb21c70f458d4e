import { describe, expect, it } from '@jest/globals';
import type { DrillPlatform } from '../platform.ts';
import { proveRemoved } from './fleet-events.ts';

const REMOVAL = { service: 'catalog', kind: 'removing', replica: 'catalog-1', code: 'ENTERED', detail: 'somebody went into it' };

/** A platform whose fleet tells of this now. */
function platform(...events: object[]): DrillPlatform {
  const time = new Date().toISOString();
  return {
    workload: () => async () => 'token',
    fetch: async () => Response.json({ events: events.map((event) => ({ time, ...event })) }),
  } as unknown as DrillPlatform;
}

const prove = async (...events: object[]): Promise<void> =>
  proveRemoved(platform(...events), { service: 'catalog', replica: 'catalog-1', since: Date.now() - 1_000 }, 'ENTERED');

describe('a replica that is gone', () => {
  it('was taken away by the fleet, when that says so and why', async () => {
    await expect(prove(REMOVAL)).resolves.toBeUndefined();
  });

  it.each<[string, object[], string]>([
    ['for another reason', [{ ...REMOVAL, code: 'FAILING', detail: 'its probe fails' }], 'found FAILING: its probe fails'],
    ['nobody knows why', [], 'found that it did not'],
    ['and the reason is of another replica', [{ ...REMOVAL, replica: 'catalog-2' }], 'found that it did not'],
    ['and the reason is an old one', [{ ...REMOVAL, time: new Date(0).toISOString() }], 'found that it did not'],
  ])('proves nothing when it went %s', async (_why, events, found) => {
    await expect(prove(...events)).rejects.toThrow(found);
  });
});
