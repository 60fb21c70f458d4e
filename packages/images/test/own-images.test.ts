import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnImages } from '../src/index.ts';

describe('OwnImages', () => {
  let sharedDir: string;
  beforeEach(() => {
    sharedDir = mkdtempSync(join(tmpdir(), 'seaworthy-own-'));
  });
  afterEach(() => rmSync(sharedDir, { recursive: true }));

  it('are none in a clone that has loaded nothing', () => {
    expect(new OwnImages({ sharedDir }).list()).toEqual([]);
  });

  it('are known to every later process of the clone, each once, in the order in which they came', () => {
    for (const id of ['sha256:b', 'sha256:a', 'sha256:b']) new OwnImages({ sharedDir }).add(id);
    expect(new OwnImages({ sharedDir }).list()).toEqual(['sha256:b', 'sha256:a']);
  });

  it('are for the eyes of their user alone', () => {
    new OwnImages({ sharedDir }).add('sha256:a');
    expect(statSync(join(sharedDir, 'loaded-images')).mode & 0o077).toBe(0);
  });
});
