import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { toolEnvironment } from '../../src/quality/repository-tool.ts';

/** A proof makes a copy of the platform; this bounds what hangs. */
const PATIENCE_MS = 180_000;

const block = /<!-- captured -->\n```console\n([\s\S]+?)```/.exec(readFileSync(join(REPOSITORY, 'README.md'), 'utf8'))?.[1] ?? '';
/** `$ npm run drill unsigned-image` and what came of it. */
const captured = block
  .split(/^\$ npm run /m)
  .filter(Boolean)
  .map((part): [command: string, output: string] => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1)];
  });

describe("the README's output", () => {
  it('shows the attack, and the attack with the control gone', () => {
    expect(captured.map(([command]) => command)).toEqual(['drill unsigned-image', 'drill prove unsigned-image']);
  });

  it.each(captured)(
    'is what npm run %s prints, but for digests and times',
    (command, output) => {
      const { stderr, status } = spawnSync(process.execPath, [join(REPOSITORY, 'packages/cli/src/main.ts'), ...command.split(' ')], {
        cwd: REPOSITORY,
        encoding: 'utf8',
        env: { ...toolEnvironment(), NODE_OPTIONS: '--no-warnings' },
      });
      expect(status).toBe(0);
      expect(asShown(withoutProgress(stderr))).toEqual(asShown(output));
    },
    PATIENCE_MS,
  );
});

/** In a log, a stage has a line for its beginning and one for each change; in a terminal these come and go. */
function withoutProgress(output: string): string {
  const lines = output.split('\n');
  const ends = lines.filter((line) => line.startsWith('✓ ')).map((line) => titleOf(line.slice(2)));
  return lines.filter((line) => !line.startsWith('• ') && !(line.startsWith('  ') && ends.includes(titleOf(line.slice(2))))).join('\n');
}

function titleOf(line: string): string {
  return line.replace(/ \(.*/, '');
}

/** Broken lines joined, each digest and each time alike. */
function asShown(output: string): string[] {
  return output
    .replaceAll(/\n {6}/g, ' ')
    .replaceAll(/sha256:[0-9a-f]{12,64}/g, 'sha256:…')
    .replaceAll(/\b\d+ min /g, '')
    .replaceAll(/\b[\d.]+ s\b/g, '… s')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(Boolean);
}
