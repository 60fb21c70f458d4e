import type { Dispatcher } from 'undici';
import { Agent, buildConnector } from 'undici';

import { OciError } from '../error.ts';

export type ConnectionOptions = {
  /** `https://host:port`; plain HTTP only over a unix socket, which never leaves the machine */
  baseUrl: string;
  /** the certificate authorities to trust, PEM; without it Node's own */
  ca?: string;
  /** connect there in place of the URL's host, which still names the certificate: a port published on the loopback, for instance */
  connectTo?: { host: string; port: number };
  /** the registry's unix socket */
  socketPath?: string;
  /** in place of one made from `ca`, `connectTo` and `socketPath` */
  dispatcher?: Dispatcher;
};

const CONNECT_TIMEOUT_MS = 5_000;
const CONNECTIONS = 8;

/** @throws OciError MALFORMED for a URL that would send anything in the clear. */
export function registryUrl({ baseUrl, socketPath }: ConnectionOptions): URL {
  if (URL.canParse(baseUrl)) {
    const url = new URL(baseUrl);
    const sealed = url.protocol === 'https:' || (url.protocol === 'http:' && socketPath !== undefined);
    if (sealed && url.username === '' && url.password === '') return url;
  }
  throw new OciError({ code: 'MALFORMED', message: 'expected a registry at https://host:port (plain HTTP is refused), found another URL' });
}

export function openConnections({ ca, connectTo, socketPath, dispatcher }: ConnectionOptions): Dispatcher {
  if (dispatcher !== undefined) return dispatcher;
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    ...(ca === undefined ? {} : { ca }),
    ...(socketPath === undefined ? {} : { socketPath }),
  });
  const redirected: typeof connect = (options, done) =>
    connectTo === undefined
      ? connect(options, done)
      : connect(
          {
            ...options,
            host: connectTo.host,
            hostname: connectTo.host,
            port: String(connectTo.port),
            servername: options.servername ?? options.hostname,
          },
          done,
        );
  return new Agent({ connect: redirected, connections: CONNECTIONS });
}
