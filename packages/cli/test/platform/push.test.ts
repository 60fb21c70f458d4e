import { describe, expect, it } from '@jest/globals';
import { refusal } from '../../src/platform/push.ts';

describe('a push that the platform refuses', () => {
  const push = { commit: 'a'.repeat(40), branch: 'main', tip: 'b'.repeat(40), said: 'one\ntwo\n! [rejected]' };

  describe('when the commit was amended after it was built', () => {
    it('names what is there, and the command that puts the work on top of it', () => {
      expect(refusal({ ...push, relation: 'beside' })).toMatchObject({
        code: 'FAILED',
        found: expect.stringContaining('amended'),
        remedy: expect.stringContaining(`git reset --soft ${'b'.repeat(12)} && git commit`),
      });
    });
  });

  describe('when the commit is older than what was built last', () => {
    it('says so, and that going back is a new commit', () => {
      expect(refusal({ ...push, relation: 'older' })).toMatchObject({
        found: expect.stringContaining('older than bbbbbbbbbbbb'),
        remedy: expect.stringContaining('git revert'),
      });
    });
  });

  describe('when the commit is on top of what is there', () => {
    it("passes on git's own words, and tells nobody to alter the history", () => {
      const { found, remedy } = refusal({ ...push, relation: 'on top' });
      expect(found).toBe(push.said);
      expect(remedy).not.toMatch(/reset|clean|pull/);
    });
  });

  describe('when this clone does not know what is there', () => {
    it("passes on git's own words", () => {
      expect(refusal({ ...push, relation: 'unknown' })).toMatchObject({ found: push.said, remedy: expect.stringContaining('git pull') });
    });
  });
});
