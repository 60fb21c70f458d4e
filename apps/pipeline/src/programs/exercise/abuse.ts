import { setTimeout as sleep } from 'node:timers/promises';
import { abuseCases } from './abuse.cases.ts';
import type { AbuseCase, OpenApi } from './abuse.cases.ts';
import { problemOf, show } from './basics.ts';
import type { ExerciseFinding } from './basics.ts';
import type { Answer, TargetService } from './target.ts';

const AT_ONCE = 8;
const MOST_FINDINGS = 40;
/** Between a 503 and the next try, ms: where a store is slow on a busy machine it passes, where it is about what was sent it stays. */
const AGAIN_AFTER_MS = [500, 1_000, 2_000, 4_000];

/**
 * Asks for everything that the service's own description offers, wrongly. Whatever a client sends is the client's fault: never a 5xx, but
 * 503 while the service says itself that something is away, or has a token to verify, or for a moment. An error is a problem document.
 */
export async function abuse(target: TargetService, isReady: boolean): Promise<{ cases: number; findings: ExerciseFinding[] }> {
  const described = await target.ask('/openapi.json');
  if (described.status !== 200) return { cases: 0, findings: [] };
  const cases = abuseCases(JSON.parse(described.body) as OpenApi);
  const findings: ExerciseFinding[] = [];
  const waiting = cases.values();
  const work = async (): Promise<void> => {
    for (const one of waiting) {
      if (findings.length >= MOST_FINDINGS) return;
      findings.push(...(await judge(target, one, isReady)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { cases: cases.length, findings };
}

async function judge(target: TargetService, one: AbuseCase, isReady: boolean): Promise<ExerciseFinding[]> {
  const { what, method, path, headers, body } = one;
  const asked = `${method} ${path.slice(0, 80)} (${what})`;
  // the issuer of tokens is not there: a service that cannot verify one says that it cannot
  const mayBeUnable = !isReady || 'authorization' in headers;
  try {
    const answer = await answerTo(target, one, mayBeUnable ? [] : AGAIN_AFTER_MS);
    if (answer.status >= 500 && !(mayBeUnable && answer.status === 503))
      return [{ rule: 'SERVER_ERROR', message: `expected ${asked} to be refused, found ${show(answer)}; validate what it reads` }];
    return problemOf(asked, answer);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // a body that is too large may be answered by closing the connection while it is still being sent
    if (body !== undefined && body.length > 1024 ** 2 && ['EPIPE', 'ECONNRESET'].includes(code)) return [];
    return [{ rule: 'NO_ANSWER', message: `expected ${asked} to be answered, found ${code}; nothing that is sent may hang or end it` }];
  }
}

/** The last answer: a 503 is asked about again after each of the pauses. */
async function answerTo(target: TargetService, one: AbuseCase, [pause, ...rest]: readonly number[]): Promise<Answer> {
  const { method, path, headers, body } = one;
  const answer = await target.ask(path, { method, headers, ...(body === undefined ? {} : { body }) });
  if (answer.status !== 503 || pause === undefined) return answer;
  await sleep(pause);
  return answerTo(target, one, rest);
}
