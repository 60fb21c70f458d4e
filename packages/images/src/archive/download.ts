import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { ImageError } from '../errors.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

export interface Answer {
  bytes: Buffer;
  /** The server's own clock, where it says it. */
  serverDate: Date | undefined;
}

/** Fetches a file through the proxies that environment or apt name. `undefined` means 404; no answer is MIRROR_UNREACHABLE. */
export async function download(url: string): Promise<Answer | undefined> {
  let cause: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const response = await fetch(url, { dispatcher: await dispatcher() });
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      if (response.ok) {
        const date = response.headers.get('date');
        return { bytes: Buffer.from(await response.arrayBuffer()), serverDate: date ? new Date(date) : undefined };
      }
      cause = new Error(`status ${response.status}`);
      await response.body?.cancel();
    } catch (error) {
      cause = error;
    }
  }
  throw new ImageError({
    code: 'MIRROR_UNREACHABLE',
    message: `expected ${url} from the Debian mirror, found no answer (${reasonOf(cause)}); check network and proxy, or name another mirror in SEAWORTHY_DEBIAN_MIRROR and SEAWORTHY_DEBIAN_SECURITY_MIRROR`,
    cause,
  });
}

let agent: Promise<EnvHttpProxyAgent> | undefined;

async function dispatcher(): Promise<EnvHttpProxyAgent> {
  agent ??= (async () => {
    const timeouts = {
      connect: { timeout: CONNECT_TIMEOUT_MS },
      headersTimeout: SILENCE_TIMEOUT_MS,
      bodyTimeout: SILENCE_TIMEOUT_MS,
      connections: 8,
    };
    const named = process.env['http_proxy'] ?? process.env['HTTP_PROXY'];
    const httpProxy = named ?? (await aptProxy());
    return new EnvHttpProxyAgent({ ...timeouts, ...(httpProxy && { httpProxy }) });
  })();
  return agent;
}

/** A proxy that only apt knows of (an apt-cacher, for one): apt.conf(5), Acquire::http::Proxy. */
async function aptProxy(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('apt-config', ['dump', 'Acquire::http::Proxy']);
    const proxy = /^Acquire::http::Proxy "(http[^"]+)";$/m.exec(stdout)?.[1];
    return proxy;
  } catch {
    return undefined; // no apt here
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
