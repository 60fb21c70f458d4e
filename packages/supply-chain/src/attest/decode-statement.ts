import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import type { BundleWithDsseEnvelope } from '@sigstore/bundle';

import { VerificationError } from '../verification-error.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './sign-statement.ts';
import type { Statement } from './statement.ts';
import { parseStatement } from './statement.ts';

/** What a bundle says, without any proof that it may be believed. @throws VerificationError PREDICATE_MALFORMED */
export function decodeStatement(bundle: unknown): Statement {
  return statementOf(parseBundle(bundle));
}

/** @throws VerificationError PREDICATE_MALFORMED unless it is a Sigstore bundle with a DSSE envelope. */
export function parseBundle(value: unknown): BundleWithDsseEnvelope {
  try {
    const bundle = bundleFromJSON(value);
    if (isBundleWithDsseEnvelope(bundle)) return bundle;
  } catch (cause) {
    throw new VerificationError({
      code: 'PREDICATE_MALFORMED',
      message: 'expected a Sigstore bundle v0.3, found something that is none or was cut off',
      cause,
    });
  }
  throw new VerificationError({ code: 'PREDICATE_MALFORMED', message: 'expected a DSSE envelope in the bundle, found another content' });
}

/** @throws VerificationError PREDICATE_MALFORMED */
export function statementOf(bundle: BundleWithDsseEnvelope): Statement {
  const { payload, payloadType } = bundle.content.dsseEnvelope;
  if (payloadType !== IN_TOTO_PAYLOAD_TYPE) {
    throw new VerificationError({
      code: 'PREDICATE_MALFORMED',
      message: `expected a payload of ${IN_TOTO_PAYLOAD_TYPE}, found ${payloadType.slice(0, 100)}`,
    });
  }
  try {
    return parseStatement(JSON.parse(payload.toString('utf8')));
  } catch (cause) {
    if (cause instanceof VerificationError) throw cause;
    throw new VerificationError({
      code: 'PREDICATE_MALFORMED',
      message: 'expected an in-toto statement in JSON, found bytes that are none',
      cause,
    });
  }
}
