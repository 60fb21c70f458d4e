import type { Rule } from './rule.ts';

/** An image is no better than the one under it; a service always has one. */
export const releasedParent: Rule = ({ evidenceMaxAgeDays }, { kind, parent, evidence }) => {
  // without provenance there is nothing that could name one, and that is refused already
  if (!parent && (kind === 'base' || !evidence.some(({ predicate }) => predicate === 'provenance'))) return [];
  if (!parent) return [{ code: 'PARENT_UNKNOWN', message: 'expected provenance that names the base image by digest, found none' }];
  if (parent.released) return [];
  const found = parent.outlived === true ? `one that is older than ${evidenceMaxAgeDays} days` : 'none';
  return [
    {
      code: 'PARENT_NOT_RELEASED',
      message: `expected a valid verdict on release/${parent.name}@${parent.digest}, found ${found}; npm start, by whoever operates the platform, has base images judged anew`,
    },
  ];
};
