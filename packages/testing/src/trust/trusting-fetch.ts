import { Agent, fetch } from 'undici';

export type PlatformFetch = (url: string, init?: Parameters<typeof fetch>[1]) => ReturnType<typeof fetch>;

/** Connections that trust the platform's root and no other authority, not even the system's. */
export function platformDispatcher(rootPem: string): Agent {
  return new Agent({ connect: { ca: rootPem, minVersion: 'TLSv1.3' }, headersTimeout: 30_000 });
}

/** `fetch` over {@link platformDispatcher}; redirects are not followed, plain HTTP is refused. */
export function platformFetch(dispatcher: Agent): PlatformFetch {
  return async (url, init) => {
    if (!url.startsWith('https://')) throw new TypeError(`expected an https:// URL, found ${url}`);
    return fetch(url, { redirect: 'error', ...init, dispatcher });
  };
}
