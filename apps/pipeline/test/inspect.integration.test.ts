import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleService } from '@seaworthy/supply-chain/build';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';
import { readPolicies } from '../src/pipeline.settings.ts';
import { JobsFixture } from './jobs.fixture.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const APP = join(ROOT, 'apps/pipeline');
/** made here, so that no search finds them in this file */
const made = (seed: string, length: number): string =>
  createHash('sha512')
    .update(seed)
    .digest('base64')
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, length);
const TOKEN = `ghp_${made('an example', 36)}`;
const LINE = `export const token = '${TOKEN}';`;
const REGISTRY = `//registry.example.org/:_authToken=${made('a registry', 24)}`;
const ADDRESS = `postgres://admin:${made('a database', 12)}@db.example.org/x`;

describe('the job that inspects a commit', () => {
  let fixture: JobsFixture;
  let programs: ReadonlyMap<string, Buffer>;
  const policies = readPolicies(join(ROOT, 'infra/policies'));
  const [job] = loadPipeline(join(ROOT, 'pipelines/pipeline.yaml')).filter(({ name }) => name === 'inspect');
  const declared = Object.fromEntries(
    globSync(['infra/policies/**/*.yaml', 'infra/seccomp/*.json', 'compose.yaml', 'apps/*/service.yaml'], { cwd: ROOT }).map((path) => [
      path,
      readFileSync(join(ROOT, path), 'utf8'),
    ]),
  );

  beforeAll(async () => {
    fixture = await JobsFixture.start();
    const outDir = mkdtempSync(join(tmpdir(), 'inspect-'));
    const { mainFile } = await bundleService({ appDir: APP, entry: 'src/programs/inspect.ts', outDir });
    const rules = readFileSync(join(APP, 'src/programs/inspect/secrets.toml'));
    programs = new Map([
      ['inspect.js', readFileSync(mainFile)],
      ['secrets.toml', rules],
    ]);
    rmSync(outDir, { recursive: true });
  });
  afterAll(() => fixture.stop());

  const inspect = async (files: Readonly<Record<string, string>>, judgedBy = policies, altersPolicyLanguage = false): Promise<string> => {
    if (!job) throw new Error('expected a job called inspect in pipelines/pipeline.yaml');
    const workspace = await fixture.openShipped([job], {
      files: { ...declared, ...files },
      programs,
      policies: judgedBy,
      altersPolicyLanguage,
    });
    try {
      const { outcome, facts } = await workspace.run(job, new AbortController().signal);
      expect(facts).toMatchObject({ checks: expect.arrayContaining([{ name: 'secrets' }, { name: 'policies' }]) });
      return [outcome, ...(facts['checks'] as { name: string }[]).slice(2).map(({ name }) => name)].join('\n');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'JOB_FAILED') return error.message;
      throw error;
    } finally {
      await workspace.dispose();
    }
  };

  it('passes a commit without secrets whose declarations are valid', async () => {
    expect(await inspect({ 'apps/catalog/src/main.ts': 'export const token = process.env.TOKEN;' })).toBe('passed');
  });

  it('finds no secret in the repository as it is, beyond those that the policy names', async () => {
    const tracked = execFileSync('git', ['-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      encoding: 'latin1',
    });
    const present = tracked.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
    const said = await inspect(Object.fromEntries(present.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')])));
    // that an exception has ended is for its owner to hear of, and no fault of this test's
    const unnamed = said.split('\n').filter((line) => line.includes('SECRET_FOUND') && !line.includes(' (an exception ended on '));
    expect({ said: said.split('\n')[0], unnamed }).toEqual({ said: expect.stringMatching(/^(passed|failed: secrets)$/), unnamed: [] });
  });

  it.each([
    ['a token', { 'apps/catalog/src/main.ts': `\n${LINE}` }, /^apps\/catalog\/src\/main\.ts:2: SECRET_FOUND \(github-pat\): /m],
    ['a token of a registry', { '.npmrc': REGISTRY }, /^\.npmrc:1: SECRET_FOUND \(npm-auth-token\): /m],
    ['a password in an address', { 'docs/x.md': ADDRESS }, /^docs\/x\.md:1: SECRET_FOUND \(url-password\): /m],
    ['a comment that allows it', { 'a.ts': `${LINE} // ${['gitleaks', 'allow'].join(':')}` }, /^a\.ts:1: SECRET_FOUND/m],
    [
      'a configuration that allows it',
      { 'a.ts': LINE, '.gitleaks.toml': "[allowlist]\npaths = ['''.*''']\n", '.gitleaksignore': 'a.ts:github-pat:1' },
      /^a\.ts:1: SECRET_FOUND/m,
    ],
    [
      'a name that is not searched',
      { 'gitleaks.toml': LINE, 'x.pdf': LINE },
      /^gitleaks\.toml:1:[^]*^x\.pdf:1:|^x\.pdf:1:[^]*^gitleaks\.toml:1:/m,
    ],
    ['content that begins like an archive', { 'a.bin': `PK\u0003\u0004\n${LINE}` }, /^a\.bin:2: SECRET_FOUND/m],
    ['an exception of its own', { 'a.ts': LINE, 'infra/policies/secrets.yaml': exceptionFor('a.ts') }, /^a\.ts:1: SECRET_FOUND/m],
  ])('refuses a commit with a secret: %s', async (_what, files, expected) => {
    const said = await inspect(files);
    expect(said).toMatch(/^failed: secrets$/m);
    expect(said).toMatch(expected);
    expect(said).not.toContain(TOKEN);
  });

  it('passes over what the policy that it was given has approved', async () => {
    const approved = new Map(policies).set('secrets.yaml', Buffer.from(exceptionFor('a.ts')));
    expect(await inspect({ 'a.ts': LINE }, approved)).toBe('passed');
    expect(await inspect({ 'b.ts': LINE }, approved)).toMatch(/^b\.ts:1: SECRET_FOUND/m);
  });

  describe('when the change alters the language of policies, and the operator has started it', () => {
    const tiers = (declared['infra/policies/tiers.yaml'] ?? '').replace('evidenceMaxAgeDays: 90', 'evidenceMaxAgeDays: 90\n    moon: full');
    it('passes what it cannot read, and says in the evidence that nobody has judged it', async () => {
      expect(await inspect({ 'infra/policies/tiers.yaml': tiers }, policies, true)).toMatch(
        /^passed\nnot judged: infra\/policies\/tiers\.yaml:\d+: POLICY_FILE_MALFORMED/,
      );
      expect(await inspect({ 'infra/policies/tiers.yaml': tiers })).toMatch(/^failed: policies$/m);
    });
    it('still refuses what it can read', async () => {
      const compose = (declared['compose.yaml'] ?? '').replace('  catalog:\n', '  catalog:\n    privileged: true\n');
      expect(await inspect({ 'infra/policies/tiers.yaml': tiers, 'compose.yaml': compose }, policies, true)).toMatch(
        /^compose\.yaml:\d+: PRIVILEGED/m,
      );
    });
  });

  it('refuses a container beyond its profile, by its own rules and not by those of the commit', async () => {
    const { 'compose.yaml': compose = '', ...others } = declared;
    const silenced = (others['infra/policies/runtime/not-privileged.yaml'] ?? '').replace(/^requires:.*$/m, "requires: 'true'");
    const files = {
      'compose.yaml': compose.replace('  catalog:\n', '  catalog:\n    privileged: true\n'),
      'infra/policies/runtime/not-privileged.yaml': silenced,
    };
    const said = await inspect(files);
    expect(said).toMatch(/^failed: policies$/m);
    expect(said).toMatch(/^compose\.yaml:\d+: PRIVILEGED[A-Z_]*: catalog: expected /m);
  });
});

function exceptionFor(file: string): string {
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  return `exceptions: [{ file: ${file}, rule: github-pat, sha256: ${sha256}, reason: an example in a test, owner: security, expires: 2099-01-01 }]`;
}
