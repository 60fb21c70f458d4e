import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../src/errors.ts';
import { duration, size } from '../../src/ui/duration.ts';
import { createProgress } from '../../src/ui/progress.ts';
import { reportError } from '../../src/ui/report.ts';
import { table } from '../../src/ui/table.ts';

function screen(interactive: boolean): { progress: ReturnType<typeof createProgress>; text: () => string } {
  let text = '';
  const stream = { write: (chunk: string) => Boolean((text += chunk)), columns: 40 };
  return { progress: createProgress({ stream, interactive }), text: () => text };
}

describe('progress', () => {
  describe('when there is no terminal', () => {
    it('writes one line for the beginning and one for the end, and no escape', async () => {
      const { progress, text } = screen(false);
      await progress.stage('Building', async (stage) => stage.update('postgres 3/9'));
      expect(text().trim().split('\n')).toEqual(['• Building …', expect.stringMatching(/^✓ Building \(\d\.\d s\) · postgres 3\/9$/)]);
      expect(text()).not.toContain('\u001B');
    });
  });

  describe('when there is a terminal', () => {
    it('keeps a line of its own for each stage that runs, and never wraps', async () => {
      const { progress, text } = screen(true);
      const long = 'x'.repeat(100);
      const one = progress.stage('one', async (stage) => {
        stage.update(long);
        progress.line('between');
      });
      await Promise.all([one, progress.stage('two', async () => undefined)]);
      expect(text()).toContain('between');
      expect(text()).toMatch(/✓ one/);
      expect(text()).toMatch(/✓ two/);
      const running = text()
        .split('\n')
        .filter((line) => line.includes('…'));
      expect(running).not.toEqual([]);
      expect(running.every((line) => stripVTControlCharacters(line).replace('\r', '').length <= 40)).toBe(true);
    });
  });

  it.each([true, false])('shows a stage that found something wrong as failed (terminal: %p)', async (interactive) => {
    const { progress, text } = screen(interactive);
    await progress.stage('check', async (stage) => stage.fail('2 errors'));
    expect(text()).toMatch(/✗ check .*2 errors/);
  });

  it.each([true, false])('passes on results and errors (terminal: %p)', async (interactive) => {
    const { progress, text } = screen(interactive);
    await expect(progress.stage('good', async () => 7)).resolves.toBe(7);
    await expect(progress.stage('bad', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(text()).toContain('✗ bad');
  });
});

describe('reportError', () => {
  const report = (error: unknown, verbose = false): [string, number] => {
    let text = '';
    const code = reportError(error, { stream: { write: (chunk: string) => (text += chunk) }, verbose });
    return [text, code];
  };
  const error = new UserError({
    code: 'PORT_TAKEN',
    message: 'A port is taken',
    expected: '8443 free',
    found: 'nginx',
    remedy: 'stop nginx',
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'])('says of %s what may have ended, and asks for no report', (code) => {
    const cause = Object.assign(new Error('connect 127.0.0.1:9444'), { code });
    const [said, exit] = report(new TypeError('fetch failed', { cause }));
    expect(said).toMatch(/found {4}connect 127\.0\.0\.1:9444[\s\S]*container engine, ended meanwhile/);
    expect(exit).toBe(69);
  });

  it('says it of a socket whose file is gone, and of no other file', () => {
    const gone = Object.assign(new Error('connect ENOENT /var/run/docker.sock'), { code: 'ENOENT', syscall: 'connect' });
    expect(report(gone)).toEqual([expect.stringContaining('container engine, ended meanwhile'), 69]);
    const missing = Object.assign(new Error("ENOENT: no such file or directory, open 'a'"), { code: 'ENOENT', syscall: 'open' });
    expect(report(missing)[0]).toContain('report it');
  });

  it('says what was expected, what was found and what to do, without a stack', () => {
    expect(report(error)).toEqual(['\n✗ A port is taken\n  expected 8443 free\n  found    nginx\n  do       stop nginx\n', 78]);
  });

  it('shows the stack and the causes when asked', () => {
    expect(report(new Error('outer', { cause: new Error('inner') }), true)[0]).toMatch(/Error: outer\n.*at [\s\S]*caused by Error: inner/);
  });

  it('explains a full disk, however deep it lies', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(report(new Error('layer', { cause: full }))).toEqual([expect.stringContaining('do       free some GB'), 78]);
  });

  it('shows the message of an error that says what to do by itself', () => {
    const mirror = Object.assign(new Error('expected an index, found one that is expired; use another mirror'), { code: 'INDEX_EXPIRED' });
    expect(report(mirror)).toEqual(['\n✗ INDEX_EXPIRED\n  expected an index, found one that is expired;\n  use another mirror\n', 69]);
  });

  it.each([
    ['CLOCK_OFF', 78],
    ['KEYRING_MISSING', 78],
    ['MIRROR_UNKNOWN', 78],
    ['MIRROR_UNREACHABLE', 69],
    ['INDEX_EXPIRED', 69],
    ['INDEX_OLDER', 69],
    ['INDEX_UNTRUSTED', 69],
    ['NPM_UNAVAILABLE', 69],
    ['KEYS_UNREACHABLE', 69],
    ['CONTRACT_VIOLATED', 1],
    ['PACKAGE_ALTERED', 1],
  ])('ends for %s of a package as the pages say', (code, exit) => {
    expect(report(Object.assign(new Error('expected one, found another'), { code }))[1]).toBe(exit);
  });

  it('says a cause, once', () => {
    expect(report(new Error('it broke', { cause: new Error('disk on fire') }))[0]).toContain('it broke\n           disk on fire');
    const quoting = new Error('it broke: disk on fire', { cause: new Error('\u001B[31mdisk\u001B[0m on fire') });
    expect(report(quoting)[0].match(/disk on fire/g)).toHaveLength(1);
  });

  it('leaves the colours of a quoted tool away where there is no terminal', () => {
    expect(report(new Error('\u001B[31mParse error\u001B[0m in line 3'))[0]).toContain('✗ Parse error in line 3');
  });

  it('ends with 1 for a surprise', () => {
    expect(report(new Error('surprise'))[1]).toBe(1);
  });
});

describe('what people read', () => {
  it.each([
    [340, '0.3 s'],
    [42_000, '42 s'],
    [59_900, '60 s'],
    [187_000, '3 min 07 s'],
    [18_120_000, '5 h 02 min'],
    [31_622_400_000, '366 days'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it.each([
    [512, '512 B'],
    [1_100_000, '1.1 MB'],
    [3e9, '3.0 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  it('aligns columns', () => {
    expect(
      table([
        ['a', 'bb'],
        ['ccc', 'd'],
      ]),
    ).toBe('  a    bb\n  ccc  d');
  });
});
