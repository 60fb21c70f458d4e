import { Agent, fetch } from 'undici';

export type TrustingFetch = (url: string, init?: Parameters<typeof fetch>[1]) => ReturnType<typeof fetch>;

/** Connections that trust one root and no other authority, not even the system's. */
export function trustingDispatcher(rootPem: string): Agent {
  return new Agent({ connect: { ca: rootPem, minVersion: 'TLSv1.3' }, headersTimeout: 30_000 });
}

/** All of `fetch` over {@link trustingDispatcher}; redirects are not followed unless told. */
export function trustingFetch(dispatcher: Agent): TrustingFetch {
  return async (url, init) => fetch(url, { redirect: 'error', ...init, dispatcher });
}
