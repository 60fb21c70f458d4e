import { abuseCases } from './abuse.cases.ts';
import type { AbuseCase, OpenApi } from './abuse.cases.ts';
import { problemOf, show } from './basics.ts';
import type { ExerciseFinding } from './basics.ts';
import type { TargetService } from './target.ts';

const AT_ONCE = 8;
const MOST_FINDINGS = 40;

/**
 * Asks for everything that the service's own description offers, wrongly. Whatever a client sends is the client's fault: never a 5xx, but
 * 503 while the service says itself that something is away, or has a token to verify. An error is a problem document.
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

async function judge(
  target: TargetService,
  { what, method, path, headers, body }: AbuseCase,
  isReady: boolean,
): Promise<ExerciseFinding[]> {
  const asked = `${method} ${path.slice(0, 80)} (${what})`;
  try {
    const answer = await target.ask(path, { method, headers, ...(body === undefined ? {} : { body }) });
    // the issuer of tokens is not there: a service that cannot verify one says that it cannot
    const isExcused = answer.status === 503 && (!isReady || 'authorization' in headers);
    if (answer.status >= 500 && !isExcused)
      return [{ rule: 'SERVER_ERROR', message: `expected ${asked} to be refused, found ${show(answer)}; validate what it reads` }];
    return problemOf(asked, answer);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // a body that is too large may be answered by closing the connection while it is still being sent
    if (body !== undefined && body.length > 1024 ** 2 && ['EPIPE', 'ECONNRESET'].includes(code)) return [];
    return [{ rule: 'NO_ANSWER', message: `expected ${asked} to be answered, found ${code}; nothing that is sent may hang or end it` }];
  }
}
