import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../../../..');
const JEST = 'node_modules/jest/bin/jest.js';
/** What jest's configuration needs beside itself. */
const SHARED = ['jest.config.mjs', 'packages/testing/src/jest'];
const FILES = {
  'apps/one/src/counter.ts': `
    export const counter = { loads: 0 };
    counter.loads += 1;
  `,
  // the larger of two is run first
  'apps/one/test/first.test.ts': `
    import { expect, it, jest } from '@jest/globals';
    import { counter } from '../src/counter.ts';

    jest.setTimeout(20);
    ${'//'.repeat(2_000)}

    it('leaves much behind', () => {
      counter.loads += 1;
      process.env['LEFT_BEHIND'] = 'yes';
      process.chdir('/');
      process.on('SIGUSR2', () => process.abort());
    });
  `,
  'apps/one/test/second.test.ts': `
    import { setTimeout as delay } from 'node:timers/promises';
    import { expect, it } from '@jest/globals';
    import { counter } from '../src/counter.ts';

    it('shares modules', () => expect(counter.loads).toBe(2));
    it('shares no variable', () => expect(process.env['LEFT_BEHIND']).toBeUndefined());
    it('shares no folder', () => expect(process.cwd()).not.toBe('/'));
    it('shares no signal', () => expect(process.listenerCount('SIGUSR2')).toBe(0));
    it('shares no time-out', () => delay(60));
    it('ends what hangs', () => new Promise(() => undefined), 50);

    const Marked = (type: object): void => expect(type).toBe('here');
    interface Erased { readonly because: 'lines of what is compiled are others' }

    it('says where', () => {
      @Marked
      class Thing implements Erased { readonly because = 'lines of what is compiled are others' }
      new Thing();
    });
  `,
};

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string; readonly failureMessages: readonly string[] }[];
  }[];
}

describe('jest with Node’s own loader', () => {
  let folder: string;
  const found: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-runtime-'));
    for (const path of SHARED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const report = join(folder, 'report.json');
    const words = ['--no-warnings', JEST, '--selectProjects', 'unit', '--runInBand', '--no-cache', '--json', `--outputFile=${report}`];
    await new Promise((settle) => execFile(process.execPath, words, { cwd: folder }, settle));
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    for (const { title, status, failureMessages } of testResults.flatMap(({ assertionResults }) => assertionResults))
      found[title] = [status, ...failureMessages].join('\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('loads a module once, whatever number of files imports it', () => {
    expect(found).toMatchObject({ 'leaves much behind': 'passed', 'shares modules': 'passed' });
  });

  it.each(['variable', 'folder', 'signal', 'time-out'])('puts back what a file changed: %s', (what) => {
    expect(found[`shares no ${what}`]).toBe('passed');
  });

  it('ends a test that hangs', () => {
    expect(found['ends what hangs']).toMatch(/^failed\n.*Exceeded timeout of 50 ms/);
  });

  it('says where a test failed, in the file as it was written', () => {
    const lines = FILES['apps/one/test/second.test.ts'].split('\n');
    const line = lines.findIndex((text) => text.includes("toBe('here')")) + 1;
    expect(found['says where']).toContain(`second.test.ts:${line}:`);
  });
});
