import type { ParentImage, ParentImages } from '../publish/parent.images.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { GitRepository } from '../source/git.repository.ts';
import { judgeCommits } from '../source/judge.commits.ts';
import type { JudgedSource, SourceRules } from '../source/judge.commits.ts';
import { readSource } from '../source/source.archive.ts';
import type { Source } from '../source/source.archive.ts';
import type { KnownResults } from './known.results.ts';
import { planRun } from './run.plan.ts';
import type { RunPlan } from './run.plan.ts';
import type { Run } from './run.ts';

export interface SourceOptions {
  readonly repository: GitRepository;
  readonly parents: ParentImages;
  readonly publisher: Publisher;
  readonly known: KnownResults;
  readonly sourceRules: SourceRules;
  /** the commit that was released last */
  readonly lastReleased: () => string | undefined;
}

/** A commit that may go through the jobs, and what it needs done. */
export interface Taken {
  readonly source: Source;
  readonly parents: ReadonlyMap<string, ParentImage>;
  readonly plan: RunPlan;
  readonly judged: JudgedSource;
  readonly message: string;
}

/** @throws SourceError, JobError SOURCE_REFUSED, PublishError */
export async function takeSource(options: SourceOptions, run: Run): Promise<Taken> {
  const { repository, parents: released, known, publisher, sourceRules, lastReleased } = options;
  const { commit } = run;
  const judged = await judgeCommits(repository, sourceRules, { ...run, base: lastReleased() });
  const source = await readSource(repository.archive(commit));
  const parents = await released.of(source);
  const plan = await planRun({ source, parents, known, publisher });
  return {
    source,
    parents,
    plan,
    judged,
    message: `${source.files.length} files; ${said(judged)}; ${plan.build.length} of ${source.services.length} services to build, ${plan.check.length} workspaces to check`,
  };
}

function said({ facts: { author, signature, protectedPaths } }: JudgedSource): string {
  const signed = signature.status === 'verified' ? `signed by ${signature.signer}` : `signature ${signature.status}`;
  return `by ${author}, ${signed}, ${protectedPaths.length} protected paths changed`;
}
