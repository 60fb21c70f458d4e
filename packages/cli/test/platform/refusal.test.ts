import { describe, expect, it } from '@jest/globals';
import { pipelineRefusal } from '../../src/platform/refusal.ts';

describe('a run that did not succeed', () => {
  const refused = (code: string): unknown =>
    pipelineRefusal({ commit: 'a'.repeat(40), failure: { stage: 'check', code, message: 'failed: unit tests' } });

  it('asks for another commit when the commit is at fault', () => {
    expect(refused('JOB_FAILED')).toMatchObject({
      message: expect.stringContaining('refused commit'),
      remedy: expect.stringContaining('commit'),
    });
  });

  describe.each(['INTERRUPTED', 'UNREACHABLE', 'VOLUMES_LOST'])('when the pipeline failed with %s', (code) => {
    it('blames nothing on the commit', () => {
      expect(refused(code)).toMatchObject({
        message: expect.stringContaining('no verdict'),
        remedy: expect.stringMatching(/^npm start again/),
      });
    });
  });
});
