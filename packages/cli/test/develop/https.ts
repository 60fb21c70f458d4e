import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One request on a connection of its own, its certificate verified. */
export async function get(port: number, path: string, ca: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((settle, refuse) => {
    request({ host: 'localhost', port, path, ca, headers, agent: false, family: 4 }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => settle({ status: response.statusCode ?? 0, body }));
      response.on('error', refuse);
    })
      .once('error', refuse)
      .end();
  });
}
