import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { PolicyError } from '../error.ts';
import { loadPolicies, type Policies } from '../policies.ts';
import { composeFacts } from '../runtime/compose.facts.ts';
import { readComposeFile } from '../runtime/compose-file.ts';
import { judgeContainer } from '../runtime/judge.ts';
import { loadRuntimePolicy, type RuntimePolicy } from '../runtime/runtime.policy.ts';
import { SeccompProfiles } from '../runtime/seccomp-profiles.ts';
import { loadServiceCard } from '../service-card.ts';
import { loadChangePolicies } from './change-policies.ts';
import type { ChangeFinding } from './finding.ts';

const COMPOSE = 'compose.yaml';

/**
 * Everything that is wrong with what a commit declares: policies and service cards by their schemas, owners by name, and compose.yaml by
 * the runtime profile. What each container may be is the commit's own declaration; the rules over it are those in `rulesDir`.
 */
export async function judgeDeclarations(root: string, rulesDir: string): Promise<ChangeFinding[]> {
  const dir = join(root, 'infra', 'policies');
  const findings: ChangeFinding[] = [];
  const attempt = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      findings.push(...findingsOf(root, error));
      return undefined;
    }
  };
  const policies = await attempt(loadPolicies(dir));
  const change = await attempt(loadChangePolicies(dir));
  for (const exceptions of change && policies ? [change.licences.exceptions, change.secrets.exceptions] : []) {
    const file = exceptions === change?.licences.exceptions ? 'licences.yaml' : 'secrets.yaml';
    for (const [index, { owner }] of exceptions.entries()) {
      if (policies && !Object.hasOwn(policies.owners, owner))
        findings.push(unknownOwner(root, join('infra/policies', file), ['exceptions', index, 'owner'], owner));
    }
  }
  for (const file of globSync('apps/*/service.yaml', { cwd: root }).toSorted())
    findings.push(...(await judgeCard(root, file, policies, attempt)));
  if (policies) findings.push(...unlistedImages(root, policies));
  const runtime = await attempt(loadRuntimePolicy(root, rulesDir));
  if (runtime) findings.push(...((await attempt(judgeCompose(root, runtime))) ?? []));
  // a card that the runtime profile names is read twice
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

type Attempt = <T>(work: Promise<T>) => Promise<T | undefined>;

async function judgeCard(root: string, file: string, policies: Policies | undefined, attempt: Attempt): Promise<ChangeFinding[]> {
  const card = await attempt(loadServiceCard(join(root, dirname(file))));
  if (!card) return [];
  const folder = basename(dirname(file));
  const found: ChangeFinding[] = [];
  if (card.name !== folder) {
    const message = `expected the name of its folder, ${folder}, found ${card.name}; correct one of both`;
    found.push({ file, line: lineOf(root, file, ['name']), rule: 'POLICY_FILE_MALFORMED', message });
  }
  if (policies?.baseImages.includes(card.name)) {
    const message = `expected a name that no base image has, found ${card.name}; call the service otherwise`;
    found.push({ file, line: lineOf(root, file, ['name']), rule: 'NAME_TAKEN', message });
  }
  if (policies && !Object.hasOwn(policies.owners, card.owner)) found.push(unknownOwner(root, file, ['owner'], card.owner));
  return found;
}

async function judgeCompose(root: string, policy: RuntimePolicy): Promise<ChangeFinding[]> {
  const services = await readComposeFile(join(root, COMPOSE));
  const context = { folder: root, profiles: await SeccompProfiles.load(join(root, 'infra', 'seccomp')) };
  return Object.entries(services).flatMap(([name, service]) =>
    judgeContainer(policy, composeFacts(name, service, context)).map(({ code, message }) => ({
      file: COMPOSE,
      line: lineOf(root, COMPOSE, ['services', name]),
      rule: code,
      message,
    })),
  );
}

/** The name of a base image that the policy does not know could be taken by a service. */
function unlistedImages(root: string, { baseImages }: Policies): ChangeFinding[] {
  return globSync('infra/images/*/image.yaml', { cwd: root })
    .toSorted()
    .flatMap((file) => {
      const name = basename(dirname(file));
      if (baseImages.includes(name)) return [];
      const message = `expected ${name} among baseImages in infra/policies/tiers.yaml, found it missing; add it there`;
      return [{ file, line: 1, rule: 'BASE_IMAGE_UNLISTED', message }];
    });
}

function unknownOwner(root: string, file: string, path: readonly (string | number)[], owner: string): ChangeFinding {
  const message = `${path.join('.')}: expected a name in infra/policies/owners.yaml, found ${owner}; name one, or add it there`;
  return { file, line: lineOf(root, file, path), rule: 'OWNER_UNKNOWN', message };
}

/** A PolicyError names a file and a path in each line of its message: `<file>: <path>: <expectation>`. Whatever else: it cannot be read. */
function findingsOf(root: string, error: unknown): ChangeFinding[] {
  if (!(error instanceof PolicyError)) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ file: COMPOSE, line: 1, rule: 'DECLARATION_UNREADABLE', message: `expected declarations that can be read, found ${found}` }];
  }
  const { code, message } = error;
  return message.split('\n').flatMap((text): ChangeFinding[] => {
    const [, named = '', rest = text] = /^(\/[^:]+): (.*)$/s.exec(text) ?? [];
    if (named === '') return [];
    const file = relative(root, named);
    const [path = ''] = rest.split(': ');
    return [{ file, line: lineOf(root, file, path.split('.')), rule: code, message: `${rest}; see docs/reference` }];
  });
}

/** Where a path lies in a YAML file, or the deepest part of it that is there; 1 where nothing of it can be found. */
function lineOf(root: string, file: string, path: readonly (string | number)[]): number {
  const lines = new LineCounter();
  try {
    const document = parseDocument(readFileSync(join(root, file), 'utf8'), { lineCounter: lines });
    const [broken] = document.errors;
    if (broken) return broken.linePos?.[0].line ?? 1;
    for (let depth = path.length; depth > 0; depth -= 1) {
      const start = startOf(document, path.slice(0, depth));
      if (start !== undefined) return lines.linePos(start).line;
    }
  } catch {
    // it cannot even be read: the finding says so
  }
  return 1;
}

function startOf(document: ReturnType<typeof parseDocument>, path: readonly (string | number)[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1).map(asIndex), true);
  const key = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key: one }) => String(one) === String(key)) as { key: { range?: [number, ...number[]] } } | undefined;
    return pair?.key.range?.[0];
  }
  const node = document.getIn(path.map(asIndex), true) as { range?: [number, ...number[]] } | undefined;
  return node?.range?.[0];
}

/** The path of an error names places in a list as text. */
function asIndex(part: string | number): string | number {
  return typeof part === 'string' && /^\d+$/.test(part) ? Number(part) : part;
}
