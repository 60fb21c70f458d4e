import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { loadChangePolicies } from '@seaworthy/policy/change';
import { AllowedSigners } from '../src/source/allowed.signers.ts';
import { GitRepository } from '../src/source/git.repository.ts';
import { judgeCommits } from '../src/source/judge.commits.ts';
import type { SourceRules } from '../src/source/judge.commits.ts';

describe('what is asked of a commit before any job sees it', () => {
  let template: string;
  let directory: string;
  let repository: GitRepository;
  let rules: SourceRules;
  let base: string;

  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', join(directory, 'clone'), '-c', 'commit.gpgsign=false', '-c', 'maintenance.auto=false', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...PERSON },
    }).trim();
  const commit = (...files: string[]): string => {
    for (const file of files) {
      mkdirSync(dirname(join(directory, 'clone', file)), { recursive: true });
      writeFileSync(join(directory, 'clone', file), `${Math.random()}`);
    }
    git('add', '-A');
    git('commit', '--quiet', '--allow-empty', '--message', 'a change');
    return git('rev-parse', 'HEAD');
  };
  const judge = async (id: string, asked: { purpose?: 'release' | 'review'; operator?: boolean; base?: string | undefined } = {}) =>
    judgeCommits(repository, rules, { commit: id, purpose: 'review', operator: false, requestedBy: 'ada', base, ...asked });
  const refused = async (...asked: Parameters<typeof judge>) =>
    judge(...asked).then(
      () => 'allowed',
      (error: { code: string }) => error.code,
    );

  // made once and copied: each of git's processes costs as much as a test
  beforeAll(async () => {
    template = mkdtempSync(join(tmpdir(), 'commits-template-'));
    directory = template;
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', '--template=', join(directory, 'clone')]);
    await GitRepository.open(join(directory, 'clone/.git'));
    base = commit('README.md', 'pipelines/pipeline.yaml', 'apps/catalog/src/main.ts');
  });
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'commits-'));
    cpSync(template, directory, { recursive: true });
    repository = await GitRepository.open(join(directory, 'clone/.git'));
    const { source } = await loadChangePolicies(resolve(import.meta.dirname, '../../../infra/policies'));
    rules = { policy: source, signers: new AllowedSigners('') };
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  afterAll(() => rmSync(template, { recursive: true }));

  describe('when it touches nothing protected', () => {
    it('says who made it, who asked, and with what it was compared', async () => {
      expect(await judge(commit('apps/catalog/src/main.ts'))).toEqual({
        facts: {
          author: 'Ada <ada@example.org>',
          committer: 'Ada <ada@example.org>',
          signature: { status: 'absent' },
          requestedBy: 'ada',
          comparedWith: base,
          protectedPaths: [],
        },
        altersPolicyLanguage: false,
      });
    });
  });

  describe.each(['pipelines/pipeline.yaml', 'infra/policies/new.yaml', 'apps/gatekeeper/src/x.ts', 'CODEOWNERS'])(
    'when it touches %s',
    (file) => {
      it.each(['review', 'release'] as const)('is refused to a developer, for %s', async (purpose) => {
        expect(await refused(commit(file), { purpose })).toBe('PATH_PROTECTED');
      });
      it('is recorded when the operator asks', async () => {
        expect((await judge(commit(file, 'docs/x.md'), { operator: true, purpose: 'release' })).facts.protectedPaths).toEqual([file]);
      });
    },
  );

  it('is refused when an earlier commit of the change touches it', async () => {
    commit('pipelines/pipeline.yaml');
    expect(await refused(commit('apps/catalog/src/main.ts'))).toBe('PATH_PROTECTED');
  });
  it('is refused when a protected file was moved away', async () => {
    git('mv', 'pipelines/pipeline.yaml', 'pipeline.yaml');
    expect(await refused(commit())).toBe('PATH_PROTECTED');
  });
  it('does not answer for what main has got since it was begun', async () => {
    const change = commit('apps/catalog/src/main.ts');
    git('checkout', '--quiet', base);
    const released = commit('pipelines/pipeline.yaml');
    expect(await refused(change, { base: released })).toBe('allowed');
  });
  it('is refused to a developer when it has no history in common with what was released', async () => {
    git('checkout', '--quiet', '--orphan', 'other');
    expect(await refused(commit('apps/catalog/src/main.ts'))).toBe('PATH_PROTECTED');
  });

  describe('when it is on main already, and something else was released since', () => {
    const refusedOnMain = async (id: string, released: string) => refused(id, { base: released, purpose: 'release' });

    it('is refused to a developer where a later commit took back what it touches', async () => {
      const planted = commit('pipelines/pipeline.yaml');
      git('revert', '--no-edit', planted);
      const reverted = git('rev-parse', 'HEAD');
      expect(await refused(reverted, { purpose: 'release' })).toBe('allowed');
      expect(await refusedOnMain(planted, reverted)).toBe('PATH_PROTECTED');
    });
    it('is refused to a developer where it was merged without its content', async () => {
      const released = commit('apps/catalog/src/main.ts');
      git('checkout', '--quiet', base);
      const planted = commit('pipelines/pipeline.yaml');
      git('checkout', '--quiet', 'main');
      git('merge', '--quiet', '--strategy=ours', '--no-edit', planted);
      const merged = git('rev-parse', 'HEAD');
      expect(await refusedOnMain(merged, released)).toBe('allowed');
      expect(await refusedOnMain(planted, released)).toBe('PATH_PROTECTED');
      expect(await refusedOnMain(planted, merged)).toBe('PATH_PROTECTED');
    });
    it('is for the operator to release again, and recorded with all that it changes back', async () => {
      const released = commit('pipelines/pipeline.yaml');
      expect(await refusedOnMain(base, released)).toBe('PATH_PROTECTED');
      const { facts } = await judge(base, { base: released, purpose: 'release', operator: true });
      expect(facts).toMatchObject({ comparedWith: released, protectedPaths: ['pipelines/pipeline.yaml'] });
    });
    it('is renewed by a developer as long as it is what was released last', async () => {
      expect(await refusedOnMain(base, base)).toBe('allowed');
    });
  });

  describe('when nothing was released yet', () => {
    it('is released for the operator alone; a developer may have it reviewed', async () => {
      expect(await refused(base, { base: undefined, purpose: 'release' })).toBe('PATH_PROTECTED');
      expect(await refused(base, { base: undefined, purpose: 'review' })).toBe('allowed');
      expect(await refused(base, { base: undefined, purpose: 'release', operator: true })).toBe('allowed');
    });
  });

  describe('when it alters the schemas of policies', () => {
    it('is for the control plane that it makes to judge by them, if the operator asks', async () => {
      const change = commit('packages/policy/src/tier.policy.ts');
      expect(await judge(change, { operator: true })).toMatchObject({ altersPolicyLanguage: true });
      expect(await refused(change)).toBe('PATH_PROTECTED');
    });
  });

  describe('when signatures are asked for', () => {
    it('is refused without one, also an earlier commit of the change', async () => {
      rules = { ...rules, policy: { ...rules.policy, signature: { required: true } } };
      expect(await refused(commit('a.ts'), { operator: true })).toBe('SIGNATURE_MISSING');
    });
  });
});

const PERSON = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};
