import { describe, expect, it } from '@jest/globals';
import { computedReads, variables, variablesIn } from './variables.ts';
import { textOf } from './workspaces.ts';

const PAGE = 'docs/reference/variables.md';
const rows = [...textOf(PAGE).matchAll(/^\| `([^`]+)` \| ([^|]+) \| ([^|]*) \|$/gm)];

describe(PAGE, () => {
  it('has every variable that shipped code reads or is given, where it is read, and no other', () => {
    expect(Object.fromEntries(rows.map(([, name, places]) => [name, places]))).toEqual(variables());
  });

  it('has none that compose.yaml gives to a service and nobody reads', () => {
    const forCompose = /^SEAWORTHY_|_IMAGE$/;
    expect(rows.filter(([, name = '', places]) => places === 'compose.yaml' && !forCompose.test(name)).map(([, name]) => name)).toEqual([]);
  });

  it('has each of them once, and says what for', () => {
    const names = rows.map(([, name]) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(rows.filter(([, , , purpose = '']) => purpose.trim() === '').map(([, name]) => name)).toEqual([]);
  });
});

describe('a variable whose name is not in the text', () => {
  it('is read where its names come from elsewhere alone', () => {
    expect(computedReads()).toEqual([
      // what it gives to candidates, by kind of store
      'apps/pipeline/src/exercise/candidate.stores.ts: kind.host',
      // hands some on to a service in development
      'packages/cli/src/develop/developed-service.ts: name',
      // those of `variable(…)`
      'packages/platform/src/config/read-config.ts: field.name',
    ]);
  });
});

describe('the look for variables', () => {
  it.each([
    ['a field of a group', 'x.ts', "verify: variable('VERIFY', z.string())", ['VERIFY']],
    ['one over two lines', 'x.ts', "verify: variable(\n    'VERIFY',", ['VERIFY']],
    ['the process’s own', 'x.ts', "if (process.env['NO_VERIFY']) return;", ['NO_VERIFY']],
    ['one after a dot', 'x.mjs', 'if (env.NO_VERIFY || process.env.no_proxy) return;', ['NO_VERIFY', 'no_proxy']],
    ['a source’s', 'x.ts', "source.environment['NO_VERIFY']", ['NO_VERIFY']],
    ['one in parts', 'x.ts', 'env[`SKIP_${name.toUpperCase()}_CHECK`]', ['SKIP_*_CHECK']],
    ['one that is taken out', 'x.ts', 'const { NO_VERIFY: off, B } = process.env;', ['NO_VERIFY', 'B']],
    ['the engine filter’s', 'x.ts', 'z.object({\n  NO_VERIFY: z.string(),\n})', ['NO_VERIFY']],
    ['one of compose', 'compose.yaml', "image: '${X_IMAGE:?y}', ports: ['${NO_VERIFY:-1}']", ['*_IMAGE', 'NO_VERIFY']],
    ['one that compose gives', 'compose.yaml', "    environment: { NO_VERIFY: '1' }\n      B_C: d", ['NO_VERIFY', 'B_C']],
    ['one that an image gives', 'image.yaml', "  npm:\n      LICENSE: x\nenv:\n  NO_VERIFY: '1'\n", ['NO_VERIFY']],
    ['one of a shell', 'x.sh', 'cd $NO_VERIFY', ['NO_VERIFY']],
    ['none in a comment', 'x.ts', "// process.env['NO_VERIFY']", []],
  ])('finds %s', (_, file, text, names) => {
    expect(variablesIn(file, text).toSorted()).toEqual(names.toSorted());
  });
});
