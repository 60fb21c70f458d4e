import type { Rule } from './rule.ts';

/** A service is no better than the image under it. */
export const releasedParent: Rule = (_policy, { kind, parent }) => {
  if (kind === 'base') return [];
  if (!parent) return [{ code: 'PARENT_UNKNOWN', message: 'expected provenance that names the base image by digest, found none' }];
  if (parent.released) return [];
  return [
    {
      code: 'PARENT_NOT_RELEASED',
      message: `expected a valid verdict on release/${parent.name}@${parent.digest}, found none; promote the base image first`,
    },
  ];
};
