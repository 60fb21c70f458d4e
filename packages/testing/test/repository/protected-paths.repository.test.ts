import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './workspaces.ts';

const SCOPE = '@seaworthy/';
const workspaces = new Map(
  globSync('{apps,packages}/*/package.json', { cwd: ROOT }).map((file) => {
    const { name, dependencies = {} } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as {
      name: string;
      dependencies?: Record<string, string>;
    };
    return [name, { folder: `${dirname(file)}/`, needs: Object.keys(dependencies).filter((one) => one.startsWith(SCOPE)) }];
  }),
);
const listed = new Set(
  readFileSync(join(ROOT, 'infra/policies/source.yaml'), 'utf8')
    .split('\n')
    .flatMap((line) => /^ {2}- (\S+)$/.exec(line)?.[1] ?? []),
);
const judging = [...workspaces].filter(([, { folder }]) => folder.startsWith('apps/') && listed.has(folder)).map(([name]) => name);

/** Folders of all that is bundled into a workspace, at any depth. */
function bundled(name: string, found = new Set<string>()): Set<string> {
  const { folder = name, needs = [] } = workspaces.get(name) ?? {};
  if (found.has(folder)) return found;
  found.add(folder);
  for (const need of needs) bundled(need, found);
  return found;
}

describe('infra/policies/source.yaml', () => {
  it('protects services that judge changes', () => expect(judging).toContain(`${SCOPE}gatekeeper`));
  it.each(judging)('protects all that is bundled into %s: who changes that, changes what judges', (name) => {
    expect([...bundled(name)].filter((folder) => !listed.has(folder))).toEqual([]);
  });
});
