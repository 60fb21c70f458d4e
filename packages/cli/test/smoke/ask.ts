import { readFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { REPOSITORY } from '../../src/host/paths.ts';
import { mainInstance } from '../../src/instance.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export interface AskOptions {
  readonly trust?: 'platform' | 'system';
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** of an answer that does not end, this is the last that is waited for */
  readonly until?: string;
}

export const instance = mainInstance(REPOSITORY);
const rootPem = (): string => readFileSync(join(instance.stateDir, 'trust/root.pem'), 'utf8');

/** As a person would with `curl --cacert`: TLS checked against the platform's root, or against the system's alone. */
export function ask(
  port: number,
  path: string,
  { trust = 'platform', method = 'GET', headers = {}, body: sent, until }: AskOptions = {},
): Promise<Answer> {
  return new Promise((settle, refuse) => {
    const options = {
      host: 'localhost',
      port,
      path,
      method,
      headers,
      ...(trust === 'platform' && { ca: rootPem() }),
      agent: false as const,
    };
    const asking = request(options, (answer) => {
      let body = '';
      const done = (): void => settle({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
        if (until === undefined || !body.includes(until)) return;
        done();
        asking.destroy();
      });
      answer.on('end', done);
    });
    asking.on('error', refuse).end(sent);
  });
}

/** Without TLS: the status of an answer, or the code of the error. */
export function askPlainly(port: number): Promise<number | string> {
  return new Promise((settle) => {
    const asking = plainRequest({ host: '127.0.0.1', port, path: '/', agent: false }, (answer) => settle(answer.resume().statusCode ?? 0));
    asking.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message)).end();
  });
}
