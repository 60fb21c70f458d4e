import { describe, expect, it } from '@jest/globals';
import { runDrill } from '../src/drill.ts';
import type { Drill, Outcome } from '../src/drill.ts';
import type { DrillPlatform } from '../src/platform.ts';

const platform = {} as DrillPlatform;
const drill = (run: () => Promise<Outcome>): Drill => ({
  title: 'An attack',
  practices: ['4.6'],
  attack: 'somebody tries',
  control: 'something stops it',
  refusals: ['SIGNATURE_MISSING'],
  run,
  withoutControl: { summary: 'a copy', services: [] },
});
const refused = (code: string): Drill => drill(async () => ({ kind: 'refused', code, reason: 'no' }));
const succeeded = drill(async () => ({ kind: 'succeeded', reason: 'it ran', withheld: [] }));
const partial = drill(async () => ({ kind: 'succeeded', reason: 'reached the registry', withheld: ['the engine', 'the internet'] }));
const broken = drill(async () => {
  throw new Error('the registry does not answer');
});

describe('a drill', () => {
  describe('when its control is there', () => {
    it('passes by the expected refusal', async () => {
      expect(await runDrill('x', refused('SIGNATURE_MISSING'), platform, 'present')).toMatchObject({
        id: 'x',
        practice: ['4.6'],
        outcome: 'refused',
        code: 'SIGNATURE_MISSING',
        passed: true,
      });
    });
    it('does not pass by a refusal for another reason', async () => {
      expect(await runDrill('x', refused('UNREACHABLE'), platform, 'present')).toMatchObject({ outcome: 'refused', passed: false });
    });
    it('does not pass when the attack succeeds', async () => {
      expect(await runDrill('x', succeeded, platform, 'present')).toMatchObject({ outcome: 'succeeded', passed: false });
    });
    it('calls an attack that got a part of what it wanted one that succeeded', async () => {
      expect(await runDrill('x', partial, platform, 'present')).toMatchObject({
        outcome: 'succeeded',
        passed: false,
        reason: 'reached the registry',
      });
    });
  });

  describe('when its control is gone', () => {
    it('passes only when the attack succeeds', async () => {
      expect(await runDrill('x', succeeded, platform, 'removed')).toMatchObject({ control: 'removed', passed: true });
      expect(await runDrill('x', refused('SIGNATURE_MISSING'), platform, 'removed')).toMatchObject({ passed: false });
    });
    it('takes no part for the whole: what is refused there is not its work', async () => {
      expect(await runDrill('x', partial, platform, 'removed')).toMatchObject({
        outcome: 'error',
        passed: false,
        reason: expect.stringContaining('found refused: the engine, the internet; reached the registry'),
      });
    });
  });

  it.each(['present', 'removed'] as const)('proves nothing when it could not be tried (control %s)', async (control) => {
    expect(await runDrill('x', broken, platform, control)).toMatchObject({
      outcome: 'error',
      passed: false,
      reason: 'the registry does not answer',
    });
  });
});
