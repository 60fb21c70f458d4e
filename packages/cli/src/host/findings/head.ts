/** How long a server that a start asks about itself may take, in milliseconds. */
export const PATIENCE_MS = 4000;

/** What a server says of an address to somebody without credentials, without sending it. @throws when it does not answer in time */
export async function head(url: string): Promise<Response> {
  return fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
}
