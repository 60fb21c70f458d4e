import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadChangePolicies } from '../src/change/index.ts';
import { loadPolicies, loadServiceCard } from '../src/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const policiesDir = join(root, 'infra/policies');
const { owners } = await loadPolicies(policiesDir);
const { source } = await loadChangePolicies(policiesDir);
const apps = globSync('apps/*/service.yaml', { cwd: root }).map(dirname);

const rules = readFileSync(join(root, 'CODEOWNERS'), 'utf8')
  .split('\n')
  .filter((line) => /^[^#\s]/.test(line))
  .map((line) => line.split(/\s+/))
  .map(([path = '', ...teams]) => ({ path: path.replace(/^\//, ''), teams }));
/** The last rule that matches counts. */
const teamsOf = (file: string): readonly string[] =>
  rules.findLast(({ path }) => path === '*' || path === file || (path.endsWith('/') && file.startsWith(path)))?.teams ?? [];

describe('CODEOWNERS', () => {
  it('names what is there alone', () => {
    expect(rules.filter(({ path }) => path !== '*' && !existsSync(join(root, path))).map(({ path }) => path)).toEqual([]);
  });

  it('names the teams that infra/policies/owners.yaml names', () => {
    expect(new Set(rules.flatMap(({ teams }) => teams))).toEqual(new Set(Object.values(owners).map(({ contact }) => contact)));
  });

  it.each(apps)('%s: asks who answers for it, or security', async (app) => {
    const { owner } = await loadServiceCard(join(root, app));
    const expected = [owners[owner]?.contact, owners['security']?.contact];
    expect(expected).toContain(teamsOf(`${app}/src/main.ts`)[0]);
  });

  it('asks security for what judges changes, as infra/policies/source.yaml lists it, and for nothing else', () => {
    const asked = rules.filter(({ teams }) => teams.includes(owners['security']?.contact ?? '')).map(({ path }) => path);
    expect(asked.toSorted()).toEqual(source.protectedPaths.toSorted());
  });
});
