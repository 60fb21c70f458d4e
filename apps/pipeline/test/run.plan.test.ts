import { describe, expect, it } from '@jest/globals';
import { digestOf } from '@seaworthy/oci';
import { writeTar } from '../src/jobs/tar.rules.ts';
import { planRun } from '../src/runs/run.plan.ts';
import { readSource } from '../src/source/source.archive.ts';

const CARD = `name: catalog
tier: public
parent: node
description: Lists what there is.
owner: shop
extraFiles:
  - { from: docs/api.json, to: /app/api.json }
  - { from: apps/catalog/terms.md, to: /app/terms.md }
  - { from: packages/words/assets, to: /app/assets }
`;
const FILES: Readonly<Record<string, string>> = {
  'package-lock.json': '{"packages":{}}',
  'docs/api.json': '{}',
  'docs/api.json.md': 'About it.',
  'apps/catalog/package.json': '{"name":"@trial/catalog"}',
  'apps/catalog/service.yaml': CARD,
  'apps/catalog/terms.md': 'Be kind.',
  'packages/words/package.json': '{"name":"@trial/words"}',
  'packages/words/assets/README.md': 'Words.',
};

/** The names of the services that a commit has built, where the one before has left the image of each. */
async function builtAfter(change: Readonly<Record<string, string>>): Promise<string[]> {
  const known = new Set<string>();
  const plan = async (files: Readonly<Record<string, string>>) => {
    const source = await readSource(
      writeTar(({ file }) => {
        for (const [path, content] of Object.entries(files)) file(path, content);
      }),
    );
    return planRun({
      source,
      parents: new Map([['node', { name: 'node', digest: digestOf('parent') }]]),
      known: { hasPassed: () => false, imageOf: (hash: string) => (known.has(hash) ? digestOf('image') : undefined) },
      publisher: { isReleased: async () => true },
    } as unknown as Parameters<typeof planRun>[0]);
  };
  for (const { hash } of (await plan(FILES)).build) known.add(hash);
  return (await plan({ ...FILES, ...change })).build.map(({ name }) => name);
}

describe('the plan of a run', () => {
  it('builds no service that nothing has changed for', async () => {
    expect(await builtAfter({})).toEqual([]);
    expect(await builtAfter({ 'docs/api.json.md': 'Other words about it.', 'packages/words/src/index.ts': '1' })).toEqual([]);
  });
  it.each([
    ['its own code', { 'apps/catalog/src/main.ts': '2' }],
    ['a page of docs/ that it ships', { 'docs/api.json': '{"openapi":"3.1.0"}' }],
    ['words for people that it ships', { 'apps/catalog/terms.md': 'Be very kind.' }],
    ['words in a folder of another workspace that it ships', { 'packages/words/assets/README.md': 'Other words.' }],
    ['a new file in that folder', { 'packages/words/assets/more/greetings.json': '[]' }],
  ])('builds a service anew that changed in %s', async (_what, change) => {
    expect(await builtAfter(change)).toEqual(['catalog']);
  });
});
