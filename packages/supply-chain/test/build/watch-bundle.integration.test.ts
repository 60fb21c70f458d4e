import { EventEmitter, on } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { watchBundle } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');

describe('watchBundle', () => {
  let app: string;
  let outcomes: EventEmitter;
  let stop: () => Promise<void>;
  const save = async (file: string, text: string): Promise<void> => writeFile(join(app, 'src', file), text);
  /** Goes on when it is told so; without end otherwise. */
  const told = async (text: string): Promise<void> => {
    for await (const [outcome] of on(outcomes, 'outcome')) if (String(outcome).includes(text)) return;
  };
  const after = async (change: () => Promise<unknown>, text: string): Promise<void> => {
    await Promise.all([told(text), change()]);
  };

  beforeEach(async () => {
    const root = await temporaryDir({
      'package.json': JSON.stringify({ name: 'trial', workspaces: ['apps/*'] }),
      'tsconfig.json': await readFile(join(REPOSITORY, 'tsconfig.json'), 'utf8'),
      'apps/greeter/package.json': JSON.stringify({ name: '@seaworthy/greeter', type: 'module' }),
      'apps/greeter/src/main.ts': 'console.log(1);',
    });
    app = join(root, 'apps/greeter');
    outcomes = new EventEmitter();
    stop = watchBundle({
      appDir: app,
      outDir: join(root, 'out'),
      onBundle: ({ changed }) =>
        outcomes.emit('outcome', `bundled: ${[...new Set(changed.map((path) => basename(path)))].toSorted().join(' ')}`),
      onError: ({ message }) => outcomes.emit('outcome', message),
    });
    await told('bundled');
  });
  afterEach(async () => stop());

  it('bundles what is saved', async () => {
    await after(() => save('main.ts', 'console.log(2);'), 'bundled: main.ts');
  });

  it('awaits a file that is imported before it is made, and then watches it like the others', async () => {
    await after(() => save('main.ts', "import './words.ts';"), "Could not resolve './words.ts'");
    await after(() => save('words.ts', 'console.log(1);'), 'bundled: main.ts words.ts');
    await after(() => save('words.ts', 'console.log(2);'), 'bundled: words.ts');
    await after(() => save('main.ts', 'console.log(3);'), 'bundled: main.ts');
  });

  it('awaits one whose folder is not there either', async () => {
    const missing = "Could not resolve './some/more/words.ts'";
    await after(() => save('main.ts', "import './some/more/words.ts';"), missing);
    await after(() => mkdir(join(app, 'src/some')), missing);
    await after(() => mkdir(join(app, 'src/some/more')), missing);
    await after(() => save('some/more/words.ts', 'console.log(1);'), 'bundled: main.ts');
  });

  it('awaits one that was taken away', async () => {
    await save('words.ts', 'console.log(1);');
    await after(() => save('main.ts', "import './words.ts';"), 'bundled: main.ts');
    await after(() => rm(join(app, 'src/words.ts')), "Could not resolve './words.ts'");
    await after(() => save('words.ts', 'console.log(2);'), 'bundled: words.ts');
  });
});
