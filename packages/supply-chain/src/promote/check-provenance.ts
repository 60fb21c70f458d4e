import { PREDICATES } from '@seaworthy/contracts';
import { hexOf } from '@seaworthy/oci';
import type { ImageKind } from '@seaworthy/policy';

import type { Provenance } from '../attest/predicates.ts';
import { hasPredicateType } from '../attest/statement.ts';
import { BASE_IMAGE_BUILD_TYPE } from '../provenance/base-image-provenance.ts';
import { SERVICE_BUILD_TYPE } from '../provenance/service-provenance.ts';
import { sourceMapsOf } from '../provenance/source-maps.ts';
import { newest, type CollectedEvidence } from './collect-evidence.ts';
import type { JudgementRequest, PromotionAuthority, PromotionReason } from './promotion.ts';

/** What an image is, by the kind of build that its provenance names; undefined: nobody here builds so. */
export function kindOf(provenance: Provenance | undefined): ImageKind | undefined {
  if (provenance?.buildDefinition.buildType === SERVICE_BUILD_TYPE) return 'service';
  if (provenance?.buildDefinition.buildType === BASE_IMAGE_BUILD_TYPE) return 'base';
  return undefined;
}

/** Whether an image is what its newest provenance says, and what it is asked for as: name, tag, and the source maps that belong to it. */
export async function checkProvenance(
  authority: PromotionAuthority,
  request: JudgementRequest & { image: string },
  evidence: CollectedEvidence,
): Promise<PromotionReason[]> {
  const provenance = newest(evidence.verified, 'provenance')?.predicate;
  if (provenance === undefined) return [];
  return [
    ...checkName(provenance, kindOf(provenance), request.image),
    ...checkTag(evidence, request),
    ...(await checkSourceMaps(authority, request, provenance)),
  ];
}

function checkName({ buildDefinition }: Provenance, kind: ImageKind | undefined, image: string): PromotionReason[] {
  if (!kind)
    return [
      {
        code: 'BUILD_TYPE_UNKNOWN',
        message: `expected the build type of a service or a base image, found ${buildDefinition.buildType.slice(0, 200)}`,
      },
    ];
  const named = buildDefinition.externalParameters[kind === 'service' ? 'service' : 'image'];
  if (named === image) return [];
  return [
    {
      code: 'IMAGE_NAME_MISMATCH',
      message: `expected provenance of ${image}, found that of ${String(named).slice(0, 100)}; push it under its own name`,
    },
  ];
}

/**
 * A tag says what an image was made from, so that has to be signed: who may ask for a promotion must not give an old image the name of another
 * commit. Two commits may come to the same image: any that its builder names will do.
 */
function checkTag({ verified }: CollectedEvidence, { digest, tag }: JudgementRequest): PromotionReason[] {
  if (tag === undefined || hexOf(digest).startsWith(tag)) return [];
  const builder = newest(verified, 'provenance')?.bundle.signer;
  const commits = verified.flatMap(({ signer, statement }) =>
    signer === builder && hasPredicateType(statement, PREDICATES.provenance)
      ? [statement.predicate.buildDefinition.externalParameters['commit']]
      : [],
  );
  if (commits.includes(tag)) return [];
  const named = String(commits[0]).slice(0, 64);
  const message = `expected as the tag the commit that the provenance names, ${named}, or the first digits of the digest, found ${tag.slice(0, 64)}; run the pipeline for that commit`;
  return [{ code: 'TAG_MISMATCH', message }];
}

/** What signed evidence names has to be there: who reads the release would believe that it is. */
async function checkSourceMaps(
  { registry }: PromotionAuthority,
  { repository }: JudgementRequest,
  provenance: Provenance,
): Promise<PromotionReason[]> {
  const maps = sourceMapsOf(provenance);
  if (maps === undefined || (await registry.hasBlob(repository, maps.digest))) return [];
  const message = `expected the source maps ${maps.digest}, which the provenance names, in ${repository}, found none; run the pipeline again`;
  return [{ code: 'EVIDENCE_MISSING', message }];
}
