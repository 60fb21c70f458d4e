import { ImageError } from '../errors.ts';
import { formatRelation, parseDepends, satisfies } from './dependency.ts';
import type { Relation } from './dependency.ts';
import { providedBy } from './packages.index.ts';
import type { Candidate, PackagesIndex } from './packages.index.ts';

/**
 * The closure of Pre-Depends and Depends of `wanted`, without what the parent image has and without what is excluded. Recommends count
 * for nothing. Deterministic: same index, same answer, sorted by name. Refuses with PACKAGE_UNRESOLVED.
 */
export function resolveClosure(options: {
  index: PackagesIndex;
  wanted: string[];
  exclude: readonly string[];
  /** Packages of the parent image, by name. */
  inherited: ReadonlyMap<string, string>;
}): Candidate[] {
  const { index, wanted, exclude, inherited } = options;
  const chosen = new Map<string, Candidate>();
  const queue: { relations: Relation[]; by: string }[] = wanted.map((name) => ({
    relations: [{ name, operator: undefined, version: undefined }],
    by: 'image.yaml',
  }));
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (next.relations.some(isThere)) continue;
    if (next.relations.some(({ name }) => exclude.includes(name))) continue;
    const candidate = choose(next.relations, next.by);
    chosen.set(candidate.name, candidate);
    queue.push(...parseDepends(candidate.depends).map((relations) => ({ relations, by: candidate.name })));
  }
  return [...chosen.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));

  function isThere(relation: Relation): boolean {
    const version = chosen.get(relation.name)?.version ?? inherited.get(relation.name);
    if (version !== undefined && satisfies(version, relation)) return true;
    const present = [...chosen.values(), ...[...inherited.keys()].flatMap((name) => index.find(name) ?? [])];
    return present.some((one) => providedBy(one).some((given) => given.name === relation.name && satisfies(given.version, relation)));
  }

  function choose(relations: Relation[], by: string): Candidate {
    for (const relation of relations) {
      const candidate = index.satisfying(relation);
      if (!candidate || exclude.includes(candidate.name)) continue;
      const older = inherited.get(candidate.name);
      if (older === undefined) return candidate;
      throw unresolved(
        `${by} needs ${formatRelation(relation)}, and the parent image holds ${candidate.name} ${older}; run npm run images update (without a name: parents come first)`,
      );
    }
    throw unresolved(
      `${by} needs ${relations.map(formatRelation).join(' | ')}, and the archive has nothing that fits; correct the name in image.yaml, or exclude it there with a reason`,
    );
  }
}

function unresolved(message: string): ImageError {
  return new ImageError({ code: 'PACKAGE_UNRESOLVED', message });
}
