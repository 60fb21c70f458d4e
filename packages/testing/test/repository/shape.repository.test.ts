import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { manifests, ROOT, sources } from './workspaces.ts';

/** One file, one idea: a longer one holds two. */
const LONGEST = 250;
/** Names that say nothing invite everything. */
const EMPTY_NAMES = /^(utils?|helpers?|common|misc|shared|lib)$/;

describe('shape of the source', () => {
  it(`has no file of more than ${LONGEST} lines`, () => {
    const long = sources().filter((file) => !file.includes('/test/') && !file.endsWith('.test.ts') && linesOf(file) > LONGEST);
    expect(long).toEqual([]);
  });

  it('has no file or folder whose name says nothing', () => {
    const empty = sources().filter((file) => file.split('/').some((part) => EMPTY_NAMES.test(part.split('.')[0] ?? '')));
    expect(empty).toEqual([]);
  });

  it('lists the names of every package one by one', () => {
    const starred = manifests()
      .map(({ folder }) => `${folder}/src/index.ts`)
      .filter((file) => existsSync(join(ROOT, file)) && /export \*/.test(textOf(file)));
    expect(starred).toEqual([]);
  });

  it('skips no test', () => {
    const skipping = sources().filter(
      (file) => file.endsWith('.test.ts') && /\b(?:it|test|describe)\.(?:skip|todo|only)\b|\bx(?:it|describe)\(/.test(textOf(file)),
    );
    expect(skipping.map((file) => basename(file)).filter((name) => name !== basename(import.meta.filename))).toEqual([]);
  });

  it('names no other machine: neither a mirror nor a registry of packages', () => {
    const naming = sources().filter(
      (file) =>
        /\b(?:deb\.debian\.org|security\.debian\.org|registry\.npmjs\.org)\b/.test(textOf(file)) &&
        dirname(file) !== 'packages/testing/test/repository',
    );
    expect(naming).toEqual([]);
  });
});

function linesOf(file: string): number {
  return textOf(file).split('\n').length;
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
