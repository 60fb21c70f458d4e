import { BUILDERS, type Signer } from '@seaworthy/contracts';
import type { Reason } from '../verdict.ts';
import type { Rule } from './rule.ts';

const BUILDER_IDS: Partial<Record<Signer, string>> = { pipeline: BUILDERS.pipeline, 'image-builder': BUILDERS.imageBuilder };

export const acceptedBuilder: Rule = (policy, { evidence, kind }) => {
  const accepted = policy.builders[kind];
  return evidence.flatMap(({ predicate, signer, builderId }): Reason[] => {
    if (!accepted.includes(signer)) {
      return [
        {
          code: 'SIGNER_NOT_ACCEPTED',
          message: `expected ${predicate} of a ${kind} image signed by ${accepted.join(' or ')}, found it signed by ${signer}`,
        },
      ];
    }
    if (predicate !== 'provenance' || builderId === BUILDER_IDS[signer]) return [];
    return [
      {
        code: 'BUILDER_NOT_ACCEPTED',
        message: `expected provenance of builder ${BUILDER_IDS[signer]}, whose key signed it, found ${builderId ?? 'none'}`,
      },
    ];
  });
};
