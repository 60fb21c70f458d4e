import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cloneLabels } from '../../src/engine/clone-labels.ts';
import { examineForeignData, findOrphans, otherClone } from '../../src/host/findings/foreign-data.ts';
import { mainInstance } from '../../src/instance.ts';
import type { Instance } from '../../src/instance.ts';

describe('data of this project on the engine', () => {
  const made: string[] = [];
  const clone = (root: string): Instance => {
    const stateDir = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    made.push(stateDir);
    return { ...mainInstance(root, {}), stateDir };
  };
  let mine: Instance;
  let theirs: Instance;
  beforeEach(() => {
    mine = clone('/home/me/mine');
    theirs = clone('/home/me/theirs');
  });
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
  });
  const isThere = (): boolean => true;
  const isGone = (): boolean => false;

  it('is fine when there is none, when it is its own, and when it is of a version that wrote no names', () => {
    for (const volumes of [[], [cloneLabels(mine), cloneLabels(mine)], [{}]])
      expect(examineForeignData(mine, volumes, isThere)).toMatchObject({ level: 'ok' });
  });

  it('stays its own when the clone is moved', () => {
    expect(examineForeignData({ ...mine, root: '/home/me/moved' }, [cloneLabels(mine)], isThere)).toMatchObject({ level: 'ok' });
  });

  describe('when another clone made it', () => {
    it('stops a start, and names that clone', () => {
      const finding = examineForeignData(mine, [cloneLabels(theirs)], isThere);
      expect(finding).toMatchObject({ level: 'error', code: 'HOST_NOT_READY', found: expect.stringContaining('/home/me/theirs') });
      expect(otherClone(mine, [cloneLabels(theirs)], isThere)).toBe('/home/me/theirs');
    });
  });

  describe('when the keys to it were deleted', () => {
    it.each([
      ['with the folder .seaworthy', (): Instance => clone('/home/me/mine'), isThere, 'the folder .seaworthy of this clone'],
      ['with the clone that made it', (): Instance => theirs, isGone, 'the clone at /home/me/theirs'],
    ])('%s: lets a start and clean remove it, and says whose it was', (_, maker, exists, owner) => {
      const volumes = [cloneLabels(maker()), cloneLabels(mine)];
      expect(examineForeignData(mine, volumes, exists)).toMatchObject({ level: 'warning', found: expect.stringContaining(owner) });
      expect(otherClone(mine, volumes, exists)).toBeUndefined();
      expect(findOrphans(mine, volumes, exists)).toEqual({ count: 1, owner, isOwn: owner.includes('.seaworthy') });
    });
  });

  it('is not taken for orphaned because its clone cannot be looked at, as in a closed home of another user', () => {
    const folder = clone('/home/me/other').stateDir;
    symlinkSync('loop', join(folder, 'loop')); // ELOOP: unlike EACCES, root gets it too
    const volumes = [cloneLabels({ ...theirs, root: join(folder, 'loop/clone') })];
    expect(otherClone(mine, volumes)).toBe(join(folder, 'loop/clone'));
    expect(findOrphans(mine, volumes)).toMatchObject({ count: 0 });
    expect(otherClone(mine, [cloneLabels({ ...theirs, root: join(folder, 'none/clone') })])).toBeUndefined();
  });

  it('is that of another clone still, which was moved and says where it lies now', () => {
    const moved = { ...theirs, root: '/home/me/moved' };
    const volumes = [cloneLabels(theirs), cloneLabels(moved)];
    const isAt = (path: string): boolean => path === moved.root;
    expect(otherClone(mine, volumes, isAt)).toBe(moved.root);
    expect(findOrphans(mine, volumes, isAt)).toMatchObject({ count: 0 });
  });

  it('is nobody’s to remove while another clone can still use it', () => {
    expect(findOrphans(mine, [cloneLabels(theirs)], isThere)).toMatchObject({ count: 0 });
  });
});
