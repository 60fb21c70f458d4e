/** A problem document (RFC 9457), as far as a drill reads one. */
interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
}

/** Undefined for what is no JSON. */
function parseProblem(text: string): Problem | undefined {
  try {
    return (JSON.parse(text) as Problem | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** The last part of a problem's type, such as `not-found`. */
export function problemOf({ body }: { readonly body: string }): string {
  const problem = parseProblem(body);
  return problem === undefined ? '' : (String(problem.type).split(':').at(-1) ?? '');
}

/** `503 try again later`, as a service's own document has it; the edge's documents have a title alone. */
export function refusal(status: number, text: string): string {
  const { detail, title } = parseProblem(text) ?? {};
  return [status, detail ?? title ?? 'without a problem document'].join(' ');
}

/** Why there was no answer: the code of what `fetch` failed of, or its name. */
export function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : String(cause);
}
