import { platformFetch } from '@seaworthy/platform/tls';

/** Believes the authority with this root certificate (PEM) and no other, and speaks TLS 1.3 alone. */
export async function ask(url: string, root: string): Promise<number> {
  const fetch = platformFetch(root);
  const { status } = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return status;
}
