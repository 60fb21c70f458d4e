import { describe, expect, it } from '@jest/globals';
import { chooseServices } from '../../src/develop/services.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

const names = async (...words: string[]) => (await chooseServices(REPOSITORY, words)).cards.map(({ name }) => name);

describe('services to develop', () => {
  it('are those that are named', async () => {
    expect(await names('catalog')).toEqual(['catalog']);
  });

  describe('when all are wanted', () => {
    it.each([[[]], [['all']]])('takes those that throw-away stores are enough for: %j', async (words) => {
      const { cards, leftOut } = await chooseServices(REPOSITORY, words);
      expect(cards.map(({ name }) => name)).toContain('catalog');
      expect(leftOut).toContain('identity: it is part of the platform and needs its keys');
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
