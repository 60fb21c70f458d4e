import { connect } from 'node:net';

export class HaproxyError extends Error {
  readonly code: 'HAPROXY_AWAY' | 'HAPROXY_REFUSED';

  constructor({ code, message, cause }: { code: HaproxyError['code']; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'HaproxyError';
    this.code = code;
  }
}

const TIMEOUT_MS = 5_000;

/**
 * Replaces the certificate of a running HAProxy without a reload: open connections go on, new ones get the new certificate.
 * HAProxy Management Guide, section 9.3, "set ssl cert" and "commit ssl cert".
 */
export async function replaceCertificate(socketPath: string, file: string, pem: string): Promise<void> {
  await command(socketPath, `set ssl cert ${file} <<\n${pem}\n`, /Transaction (created|updated)/);
  await command(socketPath, `commit ssl cert ${file}`, /Success/);
}

async function command(socketPath: string, text: string, expected: RegExp): Promise<void> {
  const answer = await ask(socketPath, text);
  if (expected.test(answer)) return;
  throw new HaproxyError({
    code: 'HAPROXY_REFUSED',
    message: `expected HAProxy to accept the certificate, found: ${answer.trim().slice(0, 200)}`,
  });
}

function ask(socketPath: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(socketPath, () => socket.write(`${text}\n`));
    socket.setEncoding('utf8').setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.on('end', () => resolve(answer));
    socket.on('error', (cause) =>
      reject(new HaproxyError({ code: 'HAPROXY_AWAY', message: `expected HAProxy at ${socketPath}, found nobody`, cause })),
    );
  });
}
