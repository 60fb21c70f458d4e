import { globSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadPolicies, loadServiceCard, type Policies } from '../src/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const apps = globSync('apps/*/service.yaml', { cwd: root }).map(dirname);

describe("the repository's service cards", () => {
  let policies: Policies;
  beforeAll(async () => {
    policies = await loadPolicies(join(root, 'infra/policies'));
  });
  it.each(apps)('%s is valid, is named like its folder, and its owner is known', async (app) => {
    const card = await loadServiceCard(join(root, app));
    expect(`apps/${card.name}`).toBe(app);
    expect(Object.keys(policies.owners)).toContain(card.owner);
  });
});
