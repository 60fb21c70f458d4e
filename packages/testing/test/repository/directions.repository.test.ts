import { describe, expect, it } from '@jest/globals';
import { allowedDependencies, wrongDirections } from './directions.ts';
import { manifests, sources, textOf, type Manifest } from './workspaces.ts';

describe('direction of dependencies', () => {
  it('is kept by every workspace', () => {
    expect(wrongDirections(manifests())).toEqual([]);
  });

  it('is what docs/architecture.md says of each folder', () => {
    const rows = textOf('docs/architecture.md').matchAll(/^\| `(apps|packages\/[\w-]+)\/?` \| .* \| (.*) \|$/gm);
    const said = [...rows].map(([, folder = '', cell = '']) => {
      // behind a semicolon stands what no dependency says
      const [list = ''] = cell.split(';');
      return [folder, list === 'nothing' ? [] : list.split(', ')] as const;
    });
    const allowed = Object.entries(allowedDependencies()).map(([folder, list]) => [folder, list.toSorted()] as const);
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(allowed));
  });

  describe.each([
    ['an app imports an app', 'apps/catalog', 'apps/identity'],
    ['a package imports an app', 'packages/platform', 'apps/catalog'],
    ['a package other than cli imports the drills', 'packages/supply-chain', 'packages/drills'],
    ['the drills import the cli', 'packages/drills', 'packages/cli'],
    ['policy reaches for the registry', 'packages/policy', 'packages/oci'],
    ['shipped code imports what is for tests', 'apps/catalog', 'packages/testing'],
  ])('when %s', (_, folder, target) => {
    it('names both', () => {
      expect(wrongDirections(changed(folder, target))).toContain(`${folder} must not depend on ${target}`);
    });
  });

  it('lets policy touch no network', () => {
    const offenders = sources().filter(
      (file) =>
        file.startsWith('packages/policy/src/') &&
        /from '(node:(net|tls|http|https|http2|dns|dgram)|undici|dockerode)'|\bfetch\(/.test(textOf(file)),
    );
    expect(offenders).toEqual([]);
  });

  it('keeps what the fleet decides apart from how it acts: no engine, no edge, no framework, no clock and no chance', () => {
    const deciding = sources().filter((file) => file.startsWith('apps/fleet/src/decide/'));
    expect(deciding).toContain('apps/fleet/src/decide/decide.ts');
    const offenders = deciding.filter((file) => {
      const text = textOf(file);
      const imported = [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"`]([^'"`]+)/g)].map(([, name = '']) => name);
      const isWorldly =
        /\b(?:process\.|fetch\(|performance\.|set(?:Timeout|Interval|Immediate)\()|\bDate\.now\(|new Date\(\)|Math\.random/.test(text);
      return isWorldly || imported.some((name) => name !== '@seaworthy/contracts' && !/^\.\/[^/]+$/.test(name));
    });
    expect(offenders).toEqual([]);
  });
});

function changed(folder: string, target: string): Manifest[] {
  const all = manifests();
  const name = all.find((one) => one.folder === target)?.name ?? target;
  return all.map((one) => (one.folder === folder ? { ...one, dependencies: { ...one.dependencies, [name]: '0.1.0' } } : one));
}
