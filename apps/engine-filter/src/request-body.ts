import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';
import { LIMITS } from './rules/limits.ts';
import { parseStrictJson } from './strict-json.ts';

const JSON_TYPES = new Set(['application/json', 'application/json;charset=utf-8']);

/** The JSON body of a request, read whole before anything is decided. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!JSON_TYPES.has(type.toLowerCase().replaceAll(' ', ''))) {
    throw new Refusal({ rule: 'ENCODING', message: 'expected Content-Type application/json' });
  }
  return parseStrictJson(await readAtMost(request, LIMITS.bodyBytes));
}

/** For operations without a body. Clients (dockerode) send `{}` there; it is read and dropped, never passed on. Of more, nothing is waited for. */
export async function refuseBody(request: IncomingMessage): Promise<void> {
  const text = (await readAtMost(request, LIMITS.noBodyBytes)).toString('latin1').trim();
  if (text !== '' && text !== '{}') throw new Refusal({ rule: 'BODY', message: 'expected no body for this operation' });
}

async function readAtMost(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new Refusal({ rule: 'BODY', message: `expected a body of at most ${limit} bytes for this operation` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
