import { type Digest, parseDigest } from '@seaworthy/oci';

import type { Provenance } from '../attest/predicates.ts';

const BASE_IMAGE = 'base-image';

/** How a provenance names the image that another one is built on (in-toto ResourceDescriptor v1). */
export function baseImageDependency(
  name: string,
  sha256: string,
): { name: string; uri: string; digest: { sha256: string }; annotations: { role: string } } {
  return { name, uri: `pkg:oci/${name}@sha256%3A${sha256}`, digest: { sha256 }, annotations: { role: BASE_IMAGE } };
}

/** The base image that a provenance names; undefined when it names none, or more than one. */
export function baseImageOf({ buildDefinition }: Provenance): { name: string; digest: Digest } | undefined {
  const bases = (buildDefinition.resolvedDependencies ?? []).filter(({ annotations }) => annotations?.['role'] === BASE_IMAGE);
  const [base] = bases;
  const sha256 = base?.digest?.['sha256'];
  if (bases.length !== 1 || base?.name === undefined || sha256 === undefined) return undefined;
  return { name: base.name, digest: parseDigest(`sha256:${sha256}`) };
}
