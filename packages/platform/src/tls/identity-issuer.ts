import { AuthError } from '../auth/auth.error.ts';
import type { PlatformFetch } from './platform-fetch.ts';
import type { CertificateIssuer } from './platform-certificate.ts';
import { TlsError } from './tls.error.ts';

/** Asks the identity service: `POST /certificates` with the workload's access token. */
export function identityIssuer(options: { identityUrl: string; fetch: PlatformFetch; token: () => Promise<string> }): CertificateIssuer {
  return async (csr) => {
    const url = `${options.identityUrl}/certificates`;
    const answer = await ask(options, url, csr);
    if (answer.status === 201) return answer.body;
    const refused = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
    throw new TlsError({
      code: refused ? 'ENROLMENT_REFUSED' : 'ENROLMENT_UNREACHABLE',
      message: `expected a certificate chain from ${url}, found status ${answer.status}: ${answer.body.slice(0, 500)}`,
    });
  };
}

async function ask({ fetch, token }: { fetch: PlatformFetch; token: () => Promise<string> }, url: string, csr: string) {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ csr }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: answer.status, body: await answer.text() };
  } catch (cause) {
    if (cause instanceof AuthError) throw cause; // it says better what is wrong
    throw new TlsError({
      code: 'ENROLMENT_UNREACHABLE',
      message: `expected an answer from ${url}, found none; is identity running?`,
      cause,
    });
  }
}
