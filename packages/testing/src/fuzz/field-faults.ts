import { fieldCases, rightCase } from './field-cases.ts';
import type { DescribedApi, FieldCase, RightRequest } from './field-cases.ts';

/** What of an answer is judged. */
interface Answer {
  statusCode: number;
  headers: Record<string, unknown>;
  body: string;
}

/** An application that takes requests without a network (light-my-request). */
export interface Injectable {
  inject(request: object): PromiseLike<Answer>;
}

/**
 * Sends every wrong request to every route and tells what is answered wrongly: anything but a problem document with 4xx, or one that quotes what
 * is nobody's business. First each right request, which has to get past every check: otherwise nothing would be shown. One line a fault.
 */
export async function fieldFaults(
  app: Injectable,
  document: unknown,
  right: Readonly<Record<string, RightRequest>>,
  headers: Record<string, string> = {},
): Promise<string[]> {
  const send = async ({ what: _what, names: _names, ...request }: FieldCase): Promise<Answer> =>
    app.inject({ ...request, headers: { ...headers, ...request.headers } });
  const faults: string[] = [];
  for (const [key, request] of Object.entries(right)) {
    const { statusCode, body } = await send(rightCase(key, request));
    if (statusCode !== request.status)
      faults.push(`${key}: expected ${request.status} when all is right, found ${statusCode} ${body.slice(0, 200)}`);
  }
  for (const wrong of fieldCases(document as DescribedApi, right)) {
    const fault = faultOf(await send(wrong), wrong.names);
    if (fault) faults.push(`${wrong.what}: ${fault}`);
  }
  return faults;
}

function faultOf({ statusCode, headers, body }: Answer, names = ''): string | undefined {
  if (statusCode < 400 || statusCode >= 500) return `expected to be refused, found ${statusCode} ${body.slice(0, 100)}`;
  if (!String(headers['content-type']).startsWith('application/problem+json'))
    return `expected a problem, found ${String(headers['content-type'])}`;
  const { status, type } = JSON.parse(body) as { status?: number; type?: string };
  if (status !== statusCode || !/^urn:seaworthy:problem:[a-z-]+$/.test(type ?? ''))
    return `expected its type and status, found ${body.slice(0, 100)}`;
  if (!body.includes(names)) return `expected ${names} to be named, found ${body.slice(0, 200)}`;
  if (/node_modules|\.ts:|SyntaxError|select |x{100}/i.test(body)) return `expected nothing to be quoted, found ${body.slice(0, 100)}`;
  return undefined;
}
