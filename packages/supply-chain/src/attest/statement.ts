import type { Digest } from '@seaworthy/oci';
import { hexOf } from '@seaworthy/oci';
import { z } from 'zod';

import { VerificationError } from '../verification-error.ts';
import type { PredicateByType } from './predicates.ts';
import { PREDICATE_SCHEMAS } from './predicates.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

export type Subject = { name: string; digest: Digest };

/** in-toto attestation framework, Statement v1. */
export type Statement<Predicate = unknown> = {
  _type: typeof STATEMENT_TYPE;
  subject: { name?: string | undefined; digest: Record<string, string> }[];
  predicateType: string;
  predicate: Predicate;
};

const STATEMENT = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) })).min(1),
  predicateType: z.string().min(1),
  predicate: z.unknown(),
});

export function createStatement(content: { subject: Subject[]; predicateType: string; predicate: unknown }): Statement {
  return parseStatement({
    _type: STATEMENT_TYPE,
    subject: content.subject.map(({ name, digest }) => ({ name, digest: { sha256: hexOf(digest) } })),
    predicateType: content.predicateType,
    predicate: content.predicate,
  });
}

/**
 * Reads a statement, and its predicate when the type is one that we know.
 * @throws VerificationError PREDICATE_MALFORMED naming the fields, never their values.
 */
export function parseStatement(value: unknown): Statement {
  const statement = STATEMENT.safeParse(value);
  if (!statement.success) throw malformed('an in-toto Statement v1', statement.error);
  const schema = isKnown(statement.data.predicateType) ? PREDICATE_SCHEMAS[statement.data.predicateType] : undefined;
  const predicate = schema?.safeParse(statement.data.predicate);
  if (predicate?.success === false) throw malformed(`a predicate ${statement.data.predicateType}`, predicate.error);
  return statement.data;
}

/** Narrows a statement that has been parsed. */
export function hasPredicateType<Type extends keyof PredicateByType>(
  statement: Statement,
  type: Type,
): statement is Statement<PredicateByType[Type]> {
  return statement.predicateType === type;
}

/** Whether one of the subjects is this content. */
export function isAbout(statement: Statement, digest: Digest): boolean {
  return statement.subject.some((subject) => subject.digest['sha256'] === hexOf(digest));
}

function isKnown(type: string): type is keyof PredicateByType {
  return Object.hasOwn(PREDICATE_SCHEMAS, type);
}

function malformed(what: string, error: z.ZodError): VerificationError {
  const fields = error.issues.slice(0, 5).map((issue) => issue.path.join('.') || 'the document');
  return new VerificationError({
    code: 'PREDICATE_MALFORMED',
    message: `expected ${what}, found something else at ${fields.join(', ')}`,
    cause: error,
  });
}
