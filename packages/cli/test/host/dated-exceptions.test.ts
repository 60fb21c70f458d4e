import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineExceptions } from '../../src/host/findings/exceptions.ts';
import { canJudge } from '../../src/start/last-state.ts';

const NOW = new Date('2027-06-15T12:00:00Z');

describe('dated exceptions of a commit', () => {
  let folder: string;
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.test', '-c', 'commit.gpgsign=false', ...words], {
      encoding: 'utf8',
    });
  /** Commits policies whose exceptions end on these days, and answers the commit. */
  const commit = (ends: Readonly<Record<string, string>>): string => {
    mkdirSync(join(folder, 'infra/policies'), { recursive: true });
    const entry = ([what, day]: [string, string]): string =>
      `  - { package: ${what}, licence: X, reason: a good reason, owner: a, expires: ${day} }\n`;
    writeFileSync(join(folder, 'infra/policies/licences.yaml'), `allowed: [MIT]\nexceptions:\n${Object.entries(ends).map(entry).join('')}`);
    git('add', '.');
    git('commit', '--quiet', '--allow-empty', '--message', 'x');
    return git('rev-parse', 'HEAD').trim();
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-exceptions-'));
    git('init', '--quiet');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are told of a month before they end, and after', async () => {
    commit({ openpgp: '2027-07-14', other: '2027-07-16', old: '2027-06-01' });
    const [finding] = await examineExceptions(folder, undefined, NOW);
    expect(finding).toMatchObject({ id: 'exceptions', level: 'warning', remedy: expect.stringContaining('a later day') });
    expect(finding?.found).toBe(
      'the one for openpgp in infra/policies/licences.yaml ends on 2027-07-14, the one for old in infra/policies/licences.yaml ends on 2027-06-01',
    );
  });

  it('are no finding while all hold, where there are none, and where nobody can read them', async () => {
    commit({ openpgp: '2027-07-16' });
    expect(await examineExceptions(folder, undefined, NOW)).toMatchObject([{ level: 'ok' }]);
    writeFileSync(join(folder, 'infra/policies/licences.yaml'), '{ not: [yaml');
    git('commit', '--quiet', '--all', '--message', 'y');
    expect(await examineExceptions(folder, undefined, NOW)).toMatchObject([{ level: 'ok' }]);
    rmSync(join(folder, 'infra'), { recursive: true });
    git('commit', '--quiet', '--all', '--message', 'z');
    expect(await examineExceptions(folder, undefined, NOW)).toMatchObject([{ level: 'ok' }]);
  });

  it('that have ended leave the judging to the control plane of the commit that mends it', async () => {
    const before = commit({ openpgp: '2027-06-14' });
    const prolonged = commit({ openpgp: '2028-06-14' });
    expect(await canJudge({ commit: before }, folder, NOW)).toBe(false);
    expect(await canJudge({ commit: prolonged }, folder, NOW)).toBe(true);
    expect(await canJudge({ commit: before }, folder, new Date('2027-06-14T23:00:00Z'))).toBe(true);
  });
});
