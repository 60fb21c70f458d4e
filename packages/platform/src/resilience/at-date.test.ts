import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { atDate } from './at-date.ts';

const HOUR = 3_600_000;

describe('atDate', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const work = jest.fn();
  beforeEach(() => void work.mockReset());

  it('does the work then, once, and not before', () => {
    atDate(Date.now() + 13 * HOUR, work);
    jest.advanceTimersByTime(13 * HOUR - 1);
    expect(work).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(work).toHaveBeenCalledTimes(1);
    jest.advanceTimersByTime(HOUR);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('does at once what is late, but never before the caller goes on', () => {
    atDate(Date.now() - HOUR, work);
    expect(work).not.toHaveBeenCalled();
    jest.advanceTimersByTime(0);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('keeps no process from its end', () => {
    const program = `import { atDate } from '${import.meta.dirname}/at-date.ts'; atDate(Date.now() + ${HOUR}, () => undefined);`;
    expect(spawnSync(process.execPath, ['--input-type=module', '--eval', program]).status).toBe(0);
  });

  describe('when the machine sleeps past it', () => {
    it('does the work within seconds of waking', () => {
      atDate(Date.now() + 8 * HOUR, work);
      jest.setSystemTime(Date.now() + 60 * HOUR); // no timer fires: they count only the time that the machine is awake
      jest.advanceTimersByTime(5_000);
      expect(work).toHaveBeenCalledTimes(1);
    });
  });

  describe('when it is called off', () => {
    it('does nothing, also after it has waited for a while', () => {
      const callOff = atDate(Date.now() + HOUR, work);
      jest.advanceTimersByTime(HOUR / 2);
      callOff();
      jest.advanceTimersByTime(HOUR);
      expect(work).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
