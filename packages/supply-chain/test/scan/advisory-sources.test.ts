import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AdvisorySources, previousAnswer } from '../../src/index.ts';

const [first, second, third] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z'] as const;

describe('AdvisorySources', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sources-'));
    file = join(dir, 'sources.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('knows of no answer before the first', () => {
    expect(new AdvisorySources(file).lastAnswers()).toEqual({});
    expect(previousAnswer({}, 'npm')).toEqual({});
  });

  it('keeps the day of the last answer while a source is silent, twice, across restarts', () => {
    const answered = { source: 'debian', status: 'answered' } as const;
    new AdvisorySources(file).record([answered, { source: 'npm', status: 'answered' }], new Date(first));
    new AdvisorySources(file).record([answered, { source: 'npm', status: 'unavailable' }], new Date(second));
    new AdvisorySources(file).record([answered, { source: 'npm', status: 'unavailable' }], new Date(third));
    const last = new AdvisorySources(file).lastAnswers();
    expect(last).toEqual({ debian: third, npm: first });
    expect(previousAnswer(last, 'npm')).toEqual({ previousAnswer: new Date(first) });
    expect(readdirSync(dir)).toEqual(['sources.json']);
  });

  it('keeps when a source answered, which is before its answer was read', () => {
    new AdvisorySources(file).record([{ source: 'npm', status: 'answered', lastAnswer: new Date(first) }], new Date(second));
    expect(new AdvisorySources(file).lastAnswers()).toEqual({ npm: first });
  });

  it('takes a source that there was nothing to ask for one that has not answered', () => {
    const sources = new AdvisorySources(file);
    sources.record([{ source: 'npm', status: 'nothing-to-ask' }]);
    expect(sources.lastAnswers()).toEqual({});
  });

  it('begins anew when the file is damaged', () => {
    writeFileSync(file, '{"npm":');
    const sources = new AdvisorySources(file);
    sources.record([{ source: 'npm', status: 'answered' }], new Date(first));
    expect(sources.lastAnswers()).toEqual({ npm: first });
  });
});
