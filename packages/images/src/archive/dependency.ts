import { compareDebianVersions } from './debian-version.ts';

/** One relation to a package, as `libc6 (>= 2.38)`. */
export interface Relation {
  name: string;
  operator: '<<' | '<=' | '=' | '>=' | '>>' | undefined;
  version: string | undefined;
}

/** Debian Policy 7.1: commas join what is all needed, bars join alternatives in order of preference. */
export function parseDepends(text: string): Relation[][] {
  return text
    .split(',')
    .map((group) => group.split('|').flatMap(parseRelation))
    .filter((group) => group.length > 0);
}

/** Does this version fulfil the relation? No version (an unversioned provision) fulfils only an unversioned relation. */
export function satisfies(version: string | undefined, { operator, version: wanted }: Relation): boolean {
  if (!operator || wanted === undefined) return true;
  if (version === undefined) return false;
  const order = compareDebianVersions(version, wanted);
  switch (operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
    default: {
      const unreachable: never = operator;
      return unreachable;
    }
  }
}

export function formatRelation({ name, operator, version }: Relation): string {
  return operator ? `${name} (${operator} ${version})` : name;
}

function parseRelation(text: string): Relation[] {
  const [head = '', restriction = ''] = text.split('(');
  const name = head.trim().split(':', 1)[0] ?? '';
  if (!/^[a-z0-9][a-z0-9+.-]*$/.test(name)) return [];
  const found = /^(<<|<=|=|>=|>>)\s*([^\s)]+)/.exec(restriction.trim());
  return [{ name, operator: found?.[1] as Relation['operator'], version: found?.[2] }];
}
