import { protectedAmong } from '@seaworthy/policy/change';
import type { SourcePolicy } from '@seaworthy/policy/change';
import type { AllowedSigners } from './allowed.signers.ts';
import { readCommit } from './commit.object.ts';
import type { Person } from './commit.object.ts';
import { verifySignature } from './commit.signature.ts';
import type { SignatureFact } from './commit.signature.ts';
import type { GitRepository } from './git.repository.ts';
import { SourceError } from './source.error.ts';

/** What judges commits: the copy that the control plane was built with. */
export interface SourceRules {
  readonly policy: SourcePolicy;
  readonly signers: AllowedSigners;
}

interface Asked {
  readonly commit: string;
  readonly purpose: 'release' | 'review';
  /** whether the operator has asked for the run, and not only a developer */
  readonly operator: boolean;
  readonly requestedBy: string;
  /** the commit of main that was released last, if any */
  readonly base: string | undefined;
}

/** What is recorded of where a change comes from, in the provenance of all that is built from it. */
export interface SourceFacts {
  readonly author: string;
  readonly committer: string;
  readonly signature: SignatureFact;
  readonly requestedBy: string;
  /** against which commit the files were compared; absent for the first one */
  readonly comparedWith?: string;
  readonly protectedPaths: readonly string[];
}

/** A commit and what it does to the language that policies are written in. */
export interface JudgedSource {
  readonly facts: SourceFacts;
  /** the change alters the schemas of policies: what it declares by them, the control plane that it makes can judge */
  readonly altersPolicyLanguage: boolean;
}

const POLICY_LANGUAGE = 'packages/policy/src/';
const SHOWN = 10;

/**
 * Who made a commit, whether the signatures on it and on every commit since the last release are sound, and whether it touches what is
 * protected: that, only the operator starts.
 * @throws SourceError
 */
export async function judgeCommits(repository: GitRepository, { policy, signers }: SourceRules, asked: Asked): Promise<JudgedSource> {
  const { commit, operator, requestedBy } = asked;
  // what main has got since a change was begun is none of its doing
  const base = asked.base === undefined ? undefined : await repository.forkPoint(asked.base, commit);
  const commits = base === undefined ? [commit] : [...new Set([commit, ...(await repository.commitsSince(base, commit))])];
  const required = policy.signature.required;
  let tip: { author: Person; committer: Person; signature: SignatureFact } | undefined;
  for (const id of commits) {
    const object = readCommit(id, await repository.commitObject(id));
    const signature = verifySignature(object, { signers, required });
    tip ??= { author: object.author, committer: object.committer, signature };
  }
  if (!tip) throw new TypeError('expected at least one commit');
  const changed = base === undefined ? [] : await repository.changedFiles(base, commit);
  const protectedPaths = protectedAmong(policy, changed);
  if (!operator) refuseProtected(asked, base, protectedPaths);
  return {
    facts: {
      author: nameOf(tip.author),
      committer: nameOf(tip.committer),
      signature: tip.signature,
      requestedBy,
      ...(base === undefined ? {} : { comparedWith: base }),
      protectedPaths,
    },
    altersPolicyLanguage: operator && changed.some((file) => file.startsWith(POLICY_LANGUAGE)),
  };
}

function refuseProtected({ commit, purpose, requestedBy, ...asked }: Asked, base: string | undefined, touched: readonly string[]): void {
  const what = `expected the operator to start commit ${commit.slice(0, 12)}`;
  if (base === undefined && (purpose === 'release' || asked.base !== undefined)) {
    const message = `${what}, which stands on nothing that was released, found ${requestedBy}; npm start, on the operator's machine`;
    throw new SourceError({ code: 'PATH_PROTECTED', message });
  }
  if (touched.length === 0) return;
  const shown = [...touched.slice(0, SHOWN), ...(touched.length > SHOWN ? [`and ${touched.length - SHOWN} more`] : [])];
  throw new SourceError({
    code: 'PATH_PROTECTED',
    message: [
      `${what}, which changes protected paths (infra/policies/source.yaml), found ${requestedBy}; leave them as they are, or ask the operator: npm start`,
      ...shown,
    ].join('\n'),
  });
}

function nameOf({ name, email }: Person): string {
  return `${name} <${email}>`;
}
