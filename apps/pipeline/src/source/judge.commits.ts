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
  const base = await comparedWith(repository, asked);
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
  if (!operator) refuseProtected(asked, await standsOn(repository, asked), protectedPaths);
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

/**
 * A release takes the place of what was released last, so it is compared with that. A proposed change is compared with where it was
 * begun: what main has got since is none of its doing.
 */
async function comparedWith(repository: GitRepository, { base, commit, purpose }: Asked): Promise<string | undefined> {
  return base === undefined || purpose === 'release' ? base : repository.forkPoint(base, commit);
}

/**
 * Whether a commit stands on what was released. For a release that is all of what was released last: a commit whose content a later one took
 * back, or that was merged without its content, is on main as well, and differs in nothing from where it parted.
 */
async function standsOn(repository: GitRepository, { base, commit, purpose }: Asked): Promise<boolean> {
  if (base === undefined) return purpose === 'review';
  const fork = await repository.forkPoint(base, commit);
  return purpose === 'release' ? fork === base : fork !== undefined;
}

function refuseProtected({ commit, requestedBy, base }: Asked, standing: boolean, touched: readonly string[]): void {
  const what = `expected the operator to start commit ${commit.slice(0, 12)}`;
  if (!standing) {
    const found =
      base === undefined ? 'nothing was released yet' : `it does not have ${base.slice(0, 12)}, which was released last, in its history`;
    const message = `${what}: ${found}; asked for by ${requestedBy}. To go back, git revert; or ask the operator: npm start`;
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
