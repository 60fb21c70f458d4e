import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RefusalError } from '../errors/refusal.error.ts';
import { orExit } from './or-exit.ts';

describe('orExit', () => {
  let said: string;
  let status: number | undefined;

  beforeEach(() => {
    said = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
    jest.spyOn(process, 'exit').mockImplementation((code) => {
      status = Number(code);
      return undefined as never;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('gives what the work gives', async () => {
    expect(await orExit('boats', Promise.resolve('done'))).toBe('done');
    expect(said).toBe('');
  });

  describe('when the work refuses to be done', () => {
    it('says why in one line where whoever deploys reads it, and ends with 1', async () => {
      const refused = new RefusalError({ code: 'SCHEMA_AHEAD', message: 'expected this, found that: do something' });
      await orExit('boats', Promise.reject(refused));
      expect({ said, status }).toEqual({ said: 'boats: expected this, found that: do something\n', status: 1 });
    });
  });
});
