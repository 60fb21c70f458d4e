import type { Rule } from './rule.ts';

/** An image is no better than the one under it; a service always has one. */
export const releasedParent: Rule = (_policy, { kind, parent, evidence }) => {
  // without provenance there is nothing that could name one, and that is refused already
  if (!parent && (kind === 'base' || !evidence.some(({ predicate }) => predicate === 'provenance'))) return [];
  if (!parent) return [{ code: 'PARENT_UNKNOWN', message: 'expected provenance that names the base image by digest, found none' }];
  if (parent.released) return [];
  return [
    {
      code: 'PARENT_NOT_RELEASED',
      message: `expected a valid verdict on release/${parent.name}@${parent.digest}, found none; promote the base image first`,
    },
  ];
};
