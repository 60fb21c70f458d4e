import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { proofsIn } from './proofs.ts';

const page = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
const section = page.split(/^## /m).find((text) => text.startsWith('What it proves')) ?? '';
const rows = [...section.matchAll(/^\| (.*?) \| (.*) \|$/gm)].slice(1).map(([, claim = '', proof = '']) => ({ claim, proof }));

describe('what the README says that it proves', () => {
  it('is a table with a line for each claim', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(section.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(rows.length + 2);
  });

  it('is claimed nowhere without a test or a drill', () => {
    expect(rows.filter(({ proof }) => proofsIn(proof).length === 0).map(({ claim }) => claim)).toEqual([]);
  });
});
