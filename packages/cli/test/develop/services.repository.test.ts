import { describe, expect, it } from '@jest/globals';
import { chooseServices } from '../../src/develop/services.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

const choose = async (...words: string[]) => (await chooseServices(REPOSITORY, words)).services;
const names = async (...words: string[]) => (await choose(...words)).map(({ card }) => card.name);

describe('services to develop', () => {
  it('are those that are named, and those that they call', async () => {
    expect(await names('catalog')).toEqual(['catalog', 'identity']);
    expect(await names('orders', 'payments')).toEqual(['identity', 'orders', 'payment-provider', 'payments']);
    expect((await choose('payments')).filter(({ named }) => named).map(({ card }) => card.name)).toEqual(['payments']);
  });

  it('have the same ports whatever else is developed', async () => {
    const all = await choose('all');
    for (const { card } of all)
      expect(all).toEqual(expect.arrayContaining((await choose(card.name)).map((one) => ({ ...one, named: true }))));
    expect(new Set(all.flatMap(({ port, debugPort }) => [port, debugPort])).size).toBe(2 * all.length);
  });

  describe('when all are wanted', () => {
    it.each([[[]], [['all']], [['all', 'catalog']]])('takes those that throw-away stores are enough for: %j', async (words) => {
      expect(await names(...words)).toEqual(['catalog', 'identity', 'orders', 'payment-provider', 'payments']);
      const { leftOut } = await chooseServices(REPOSITORY, words);
      expect(leftOut).toContain('gatekeeper: it is part of the platform and needs its keys');
    });
  });

  describe('when one is named that cannot be had', () => {
    it('names what there is instead of an unknown one', async () => {
      await expect(names('catalogue')).rejects.toMatchObject({ code: 'USAGE', expected: expect.stringMatching(/^all, catalog/) });
    });

    it('refuses what would need the platform’s keys', async () => {
      await expect(names('catalog', 'gatekeeper')).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('its keys') });
    });

    it('takes no path for a name', async () => {
      await expect(names('../packages/cli')).rejects.toMatchObject({ code: 'USAGE' });
    });
  });
});
