import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { AuthorityError } from './authority.error.ts';
import { verifyRequest } from './certificate-request.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Clocks of containers and clients may be a little behind ours. */
const BACKDATE_MS = 60_000;

/** Signs short-lived server certificates with the intermediate key; there is no revocation list, they end soon instead. */
export class LeafAuthority {
  readonly #key: webcrypto.CryptoKey;
  readonly #certificate: X509Certificate;
  readonly #lifetimeMs: number;

  static async open({ key, cert, lifetimeSeconds }: { key: string; cert: string; lifetimeSeconds: number }): Promise<LeafAuthority> {
    const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
    const signer = await webcrypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
    return new LeafAuthority(signer, new X509Certificate(cert), lifetimeSeconds * 1000);
  }

  private constructor(key: webcrypto.CryptoKey, certificate: X509Certificate, lifetimeMs: number) {
    this.#key = key;
    this.#certificate = certificate;
    this.#lifetimeMs = lifetimeMs;
  }

  /** Of the intermediate, and so of every leaf. */
  get end(): Date {
    return this.#certificate.notAfter;
  }

  /**
   * Signs the request's key for the names that it asks for, when each of them is allowed. Leaf first, then the intermediate.
   * @throws AuthorityError
   */
  async issue(csr: string, allowed: readonly string[], now = Date.now()): Promise<string> {
    const { publicKey, names } = await verifyRequest(csr);
    const denied = names.filter(({ value }) => !allowed.includes(value)).map(({ value }) => value);
    if (denied.length > 0) {
      throw new AuthorityError({
        code: 'NAME_DENIED',
        message: `expected names among ${allowed.join(', ') || 'none'}, found ${denied.join(', ')}`,
      });
    }
    const leaf = await X509CertificateGenerator.create({
      serialNumber: randomBytes(16).toString('hex'),
      issuer: this.#certificate.subject,
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: this.#endOf(now),
      signingAlgorithm: ALGORITHM,
      publicKey,
      signingKey: this.#key,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(names, true), // critical: the subject is empty (RFC 5280 section 4.2.1.6)
        await SubjectKeyIdentifierExtension.create(publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      ],
    });
    return `${leaf.toString('pem').trimEnd()}\n${this.#certificate.toString('pem').trimEnd()}\n`;
  }

  /** A leaf never outlives the intermediate that signed it. */
  #endOf(now: number): Date {
    const { end } = this;
    if (end.getTime() <= now) {
      throw new AuthorityError({
        code: 'AUTHORITY_EXPIRED',
        message: `expected a valid intermediate, found one that ended ${end.toISOString()}; run npm start`,
      });
    }
    return new Date(Math.min(now + this.#lifetimeMs, end.getTime()));
  }
}
