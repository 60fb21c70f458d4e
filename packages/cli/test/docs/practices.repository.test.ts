import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drillFolder, drillIds, loadDrill } from '@seaworthy/drills';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { proofsIn } from './proofs.ts';

/** The practices of the article that the project is about: how many each of its parts has. */
const PARTS: Readonly<Record<number, number>> = { 0: 1, 1: 5, 2: 9, 3: 3, 4: 6, 5: 8 };
const ALL = Object.entries(PARTS).flatMap(([part, count]) => Array.from({ length: count }, (_, at) => `${part}.${at + 1}`));

const [shown = '', notYet = ''] = readFileSync(join(REPOSITORY, 'docs/practices.md'), 'utf8').split('\n## Not yet shown');
/** Rows of a table by the id in their first cell. */
const rows = (text: string): Map<string, string> => new Map([...text.matchAll(/^\| (\d\.\d) \|.*$/gm)].map(([row, id]) => [id ?? '', row]));

describe('docs/practices.md', () => {
  it('has every practice once: shown, or plainly not yet', () => {
    const ids = [...shown.matchAll(/^\| (\d\.\d) \|/gm), ...notYet.matchAll(/^\| (\d\.\d) \|/gm)].map(([, id]) => id ?? '');
    expect(ids.toSorted()).toEqual(ALL);
  });

  it('shows nothing without a proof', () => {
    const unproved = [...rows(shown)].filter(([, row]) => proofsIn(row.split(' | ')[3] ?? '').length === 0);
    expect(unproved.map(([id]) => id)).toEqual([]);
  });

  describe.each(drillIds())('the drill %s', (id) => {
    let practices: readonly string[];
    let link: string;
    beforeAll(async () => {
      ({ practices } = await loadDrill(id));
      link = `[${id}](../${drillFolder(id).slice(REPOSITORY.length + 1)}/drill.ts)`;
    });

    it('names practices that there are', () => {
      expect(practices.length).toBeGreaterThan(0);
      expect(practices.filter((practice) => !ALL.includes(practice))).toEqual([]);
    });

    it('is linked in the row of each of its practices, and in no other', () => {
      const linked = [...rows(shown)].filter(([, row]) => row.includes(link)).map(([practice]) => practice);
      expect(linked.toSorted()).toEqual(practices.toSorted());
    });
  });
});
