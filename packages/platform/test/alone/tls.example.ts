import { platformDispatcher, platformFetch } from '@seaworthy/platform/tls';

/** `fetch` that trusts the authority with this root certificate (PEM) and no other, and speaks TLS 1.3 alone. */
export async function ask(url: string, root: string): Promise<{ status: number }> {
  const dispatcher = platformDispatcher(root);
  try {
    const { status } = await platformFetch(dispatcher)(url, { signal: AbortSignal.timeout(2_000) });
    return { status };
  } finally {
    await dispatcher.close();
  }
}
