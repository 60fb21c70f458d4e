import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RENEW_INTERMEDIATE_MS } from '@seaworthy/contracts';
import { CaError } from './ca.error.ts';
import { issueIntermediate, issueRoot, type KeyAndCertificate } from './certificates.ts';

export interface Authority {
  /** the root certificate, PEM: public, for whoever shall trust the platform */
  root: string;
  /** for the secrets volume of the identity service, by file name; the root's key is not among them */
  secrets: { 'intermediate.key': string; 'intermediate.pem': string };
  /** what this call made anew: a running identity service must be restarted to use it */
  made: ('root' | 'intermediate')[];
}

/**
 * Opens the certificate authority that is kept in `dir` (mode 0700), and makes what is missing, broken or near its end.
 * The root's key is read only to sign an intermediate.
 */
export async function createAuthority(dir: string, now = Date.now()): Promise<Authority> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const made: Authority['made'] = [];
  let root = read(dir, 'root', now);
  if (!root) {
    root = await issueRoot(now);
    write(dir, 'root', root);
    made.push('root');
  }
  let intermediate = read(dir, 'intermediate', now);
  if (!intermediate || !new X509Certificate(intermediate.cert).verify(new X509Certificate(root.cert).publicKey)) {
    intermediate = await issueIntermediate(root.key, now);
    write(dir, 'intermediate', intermediate);
    made.push('intermediate');
  }
  return { root: root.cert, secrets: { 'intermediate.key': intermediate.key, 'intermediate.pem': intermediate.cert }, made };
}

/** What is on disk, when it is whole and has enough time left; a half-written earlier run counts as nothing. */
function read(dir: string, name: string, now: number): KeyAndCertificate | undefined {
  const paths = { key: join(dir, `${name}.key`), cert: join(dir, `${name}.pem`) };
  if (!existsSync(paths.key) || !existsSync(paths.cert)) return undefined;
  const found = { key: readFileSync(paths.key, 'utf8'), cert: readFileSync(paths.cert, 'utf8') };
  try {
    const certificate = new X509Certificate(found.cert);
    refuseFuture(certificate, name, now);
    const whole = certificate.checkPrivateKey(createPrivateKey(found.key));
    return whole && Date.parse(certificate.validTo) - now > RENEW_INTERMEDIATE_MS ? found : undefined;
  } catch (error) {
    if (error instanceof CaError) throw error;
    return undefined;
  }
}

function refuseFuture(certificate: X509Certificate, name: string, now: number): void {
  if (Date.parse(certificate.validFrom) <= now) return;
  throw new CaError({
    code: 'CLOCK_BEHIND',
    message: `expected the ${name} certificate to be valid by now, found that it starts at ${certificate.validFrom}; set this machine's clock`,
  });
}

/** Certificate last, each by rename: a key without its certificate is made anew. */
function write(dir: string, name: string, { key, cert }: KeyAndCertificate): void {
  for (const [file, text] of [
    [`${name}.key`, key],
    [`${name}.pem`, cert],
  ] as const) {
    const path = join(dir, file);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
}
