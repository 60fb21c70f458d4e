import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { GitError } from './git.error.ts';

const HEAD_LIMIT = 16 * 1024;

export interface CgiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly rest: Readable;
}

/** Reads the header of a CGI response (RFC 3875 section 6) and hands on what follows it. */
export async function readCgiHead(output: Readable): Promise<CgiAnswer> {
  let head = Buffer.alloc(0);
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    head = Buffer.concat([head, Buffer.from(chunk)]);
    const end = head.indexOf('\r\n\r\n');
    if (end >= 0) {
      const rest = new PassThrough();
      rest.write(head.subarray(end + 4));
      output.pipe(rest);
      if (output.readableEnded) rest.end();
      return { ...parse(head.toString('latin1', 0, end)), rest };
    }
    if (head.length > HEAD_LIMIT) break;
  }
  throw new GitError({ code: 'GIT_FAILED', message: 'expected an answer of git http-backend, found none' });
}

function parse(text: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers };
}
