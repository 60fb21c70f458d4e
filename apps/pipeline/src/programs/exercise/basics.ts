import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, TargetService } from './target.ts';

/** One thing that a candidate did and should not have: rule, and expected, found, what to do. */
export interface ExerciseFinding {
  readonly rule: string;
  readonly message: string;
}

/** what every answer carries, packages/platform/src/http/security-headers.ts */
const HEADERS: Readonly<Record<string, RegExp>> = {
  'strict-transport-security': /max-age=\d{7,}/,
  'content-security-policy': /default-src 'none'/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/i,
  'referrer-policy': /^no-referrer$/,
};
const TELL_TALES = ['server', 'x-powered-by'];
const OLD_VERSIONS = ['TLSv1', 'TLSv1.1'] as const;

/** Waits until it answers, and lives. */
export async function startsAndLives(target: TargetService, withinMs = target.startsWithinMs): Promise<ExerciseFinding[]> {
  const until = Date.now() + withinMs;
  for (let found = 'no answer'; ; await sleep(100)) {
    const answer = await target.ask(target.health.live).catch((error: Error & { code?: string }) => error.code ?? error.message);
    if (typeof answer !== 'string' && answer.status === 200) return [];
    found = typeof answer === 'string' ? answer : `status ${answer.status}`;
    if (Date.now() < until) continue;
    const message = `expected ${target.health.live} to answer 200 within ${withinMs / 1000} s, found ${found}; a service lives without its stores`;
    return [{ rule: 'NOT_ALIVE', message }];
  }
}

/** Ready, as it must be once its stores are there; or, without them, honest about what is away. */
export async function saysWhetherItIsReady(target: TargetService): Promise<{ findings: ExerciseFinding[]; isReady: boolean }> {
  const answer = await settled(target);
  if (answer.status === 200) return { findings: [], isReady: true };
  if (target.hasStores) {
    const message = `expected ${target.health.ready} to answer 200 within ${target.startsWithinMs / 1000} s, with each store of its card there, found ${show(answer)}`;
    return { findings: [{ rule: 'NOT_READY', message }], isReady: false };
  }
  const isHonest = answer.status === 503 && isProblem(answer) && /"details":\{/.test(answer.body);
  const message = `expected ${target.health.ready} to answer 200, or 503 with a problem document that names what is away, found ${show(answer)}; register each store with HealthRegistry`;
  return { findings: isHonest ? [] : [{ rule: 'READY_UNCLEAR', message }], isReady: false };
}

async function settled(target: TargetService): Promise<Answer> {
  for (const until = Date.now() + target.startsWithinMs; ; await sleep(100)) {
    const answer = await target.ask(target.health.ready);
    if (answer.status === 200 || !target.hasStores || Date.now() > until) return answer;
  }
}

export async function speaksTlsOnly(target: TargetService): Promise<ExerciseFinding[]> {
  const findings: ExerciseFinding[] = [];
  const plain = await target.askInTheClear();
  if (/^HTTP\/1\.[01] [123]/.test(plain))
    findings.push({
      rule: 'PLAIN_HTTP',
      message: `expected no answer in the clear, found ${JSON.stringify(plain.slice(0, 60))}; listen with TLS`,
    });
  for (const version of OLD_VERSIONS) {
    const agreed = await target.agreeOn(version);
    if (agreed.startsWith('TLS'))
      findings.push({ rule: 'TLS_TOO_OLD', message: `expected ${version} to be refused, found ${agreed}; set minVersion to TLSv1.2` });
  }
  const today = await target.agreeOn('TLSv1.3');
  if (today !== 'TLSv1.3')
    findings.push({ rule: 'TLS_TOO_OLD', message: `expected TLSv1.3, found ${today}; the probe itself has to work` });
  return findings;
}

/** Headers of every answer, those of errors included; and errors in the one form that there is (RFC 9457). */
export async function answersInForm(target: TargetService): Promise<ExerciseFinding[]> {
  const unknown = '/no/such/thing?token=x';
  const asked: [string, Answer][] = [
    [`GET ${target.health.live}`, await target.ask(target.health.live)],
    [`GET ${unknown}`, await target.ask(unknown)],
    [
      'POST of malformed JSON',
      await target.ask('/no/such/thing', { method: 'POST', body: '{"a":', headers: { 'content-type': 'application/json' } }),
    ],
    ['a method that nobody has', await target.ask(target.health.live, { method: 'PROPFIND' })],
  ];
  return asked.flatMap(([what, answer], index) => [...headersOf(what, answer), ...(index === 0 ? [] : problemOf(what, answer))]);
}

export function problemOf(what: string, answer: Answer): ExerciseFinding[] {
  if (answer.status < 400 || isProblem(answer)) return [];
  return [
    {
      rule: 'NO_PROBLEM_DOCUMENT',
      message: `expected ${what} to be answered with application/problem+json, found ${show(answer)}; throw a ProblemError`,
    },
  ];
}

function headersOf(what: string, { headers }: Answer): ExerciseFinding[] {
  const missing = Object.entries(HEADERS).filter(([name, value]) => !value.test(String(headers[name] ?? '')));
  const told = TELL_TALES.filter((name) => name in headers);
  return [
    ...missing.map(([name, value]) => ({
      rule: 'HEADER_MISSING',
      message: `${what}: expected ${name} like ${value.source}, found ${JSON.stringify(headers[name] ?? 'none')}; createService sets it`,
    })),
    ...told.map((name) => ({
      rule: 'HEADER_TELLS',
      message: `${what}: expected no header ${name}, found ${JSON.stringify(headers[name])}; leave it out`,
    })),
  ];
}

export function isProblem({ headers, body, status }: Answer): boolean {
  if (!String(headers['content-type']).startsWith('application/problem+json')) return false;
  try {
    const problem = JSON.parse(body) as { status?: unknown; type?: unknown };
    return problem.status === status && typeof problem.type === 'string';
  } catch {
    return false;
  }
}

export function show({ status, headers, body }: Answer): string {
  return `${status} ${headers['content-type'] ?? 'without a type'} ${JSON.stringify(body.slice(0, 120))}`;
}
