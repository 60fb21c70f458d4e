import { hexOf, isDigest } from '../digest.ts';
import type { Digest } from '../digest.ts';
import { OciError } from '../error.ts';

// OCI distribution-spec 1.1, "Pulling manifests": <name> and <reference>. A name becomes part of a URL, so nothing else may pass.
const COMPONENT = /^[a-z0-9][a-z0-9._-]*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** @throws OciError MALFORMED */
export function checkRepository(name: string): string {
  const components = name.split('/');
  if (name.length <= 255 && components.every((component) => COMPONENT.test(component) && !component.includes('..'))) return name;
  throw new OciError({
    code: 'MALFORMED',
    message: `expected a repository name like staging/catalog, found ${JSON.stringify(name.slice(0, 100))}`,
  });
}

/** @throws OciError MALFORMED */
export function checkReference(reference: string): string {
  if (isDigest(reference) || TAG.test(reference)) return reference;
  throw new OciError({ code: 'MALFORMED', message: `expected a tag or a digest, found ${JSON.stringify(reference.slice(0, 140))}` });
}

/** Where referrers are listed in a registry without the referrers API (distribution-spec 1.1, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`;
}

/** Where an artifact is announced before it is added to the referrers of its subject: a tag that nobody else writes. */
export function announcementTag(subject: Digest, artifact: Digest | ''): string {
  return `${referrersTag(subject)}.${artifact === '' ? '' : hexOf(artifact).slice(0, 40)}`;
}

/** The scope of a token (distribution "Token Scope Documentation"). */
export function pull(repository: string): string {
  return `repository:${repository}:pull`;
}

export function pullPush(repository: string): string {
  return `repository:${repository}:pull,push`;
}
