import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';

/** How somebody would name, or have changed, what says how the engine works, whom the machine trusts and how its user's git works. */
const HOST_SETTINGS =
  /\/etc\/docker\b|daemon\.json|\.docker\/(?:config|daemon|certs)|certs\.d\b|\/etc\/ssl\b|\/usr\/local\/share\/ca-certificates|update-ca-certificates|'certutil'|'security', \[|\.gitconfig|\/etc\/gitconfig|'config', '(?:--global|--system|--local|--add|set)'|GIT_CONFIG_GLOBAL/;

const changing = (text: string): boolean =>
  text.split('\n').some((line) => !/^\s*(?:\*|\/\/|\/\*\*)/.test(line) && HOST_SETTINGS.test(line));

describe("the commands' code", () => {
  it("has nothing to do with the engine's settings, trust stores and git's settings, but for npm run trust", () => {
    const sources = globSync('packages/cli/{src,bin}/**/*.{ts,mjs}', { cwd: REPOSITORY }).filter((file) => !file.endsWith('.test.ts'));
    expect(sources).toContain('packages/cli/src/start/start-platform.ts');
    const found = sources.filter((file) => changing(readFileSync(join(REPOSITORY, file), 'utf8')));
    expect(found).toEqual(['packages/cli/src/trust/trust-store.ts']);
  });
});

describe('the look for it', () => {
  it.each([
    ['the engine’s settings', "writeFileSync('/etc/docker/daemon.json', text)"],
    ['the user’s own of docker', "join(homedir(), '.docker/config.json')"],
    ['whom the machine trusts', "run('update-ca-certificates', [])"],
    ['git’s settings', "run('git', ['config', '--global', name, value])"],
  ])('finds %s', (_, line) => {
    expect(changing(line)).toBe(true);
  });

  it('takes a comment, and the advice to somebody, for neither', () => {
    expect(changing('  // touches no /etc/docker\n  remedy: `git config --global --add safe.directory ${root}`')).toBe(false);
  });
});
