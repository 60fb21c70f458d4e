import { X509Certificate } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { isIP } from 'node:net';
import type { Server } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { atDate } from '../resilience/at-date.ts';
import { createCertificateRequest } from './certificate-request.ts';
import { TlsError } from './tls.error.ts';

/** Turns a request (PKCS #10, PEM) into a chain: leaf first, then the intermediate (PEM). */
export type CertificateIssuer = (csr: string) => Promise<string>;

export interface TlsMaterial {
  key: string;
  /** leaf and intermediate, PEM */
  cert: string;
  notBefore: Date;
  notAfter: Date;
}

export interface EnrolOptions {
  /** DNS names and IPv4 addresses that the certificate shall carry */
  names: readonly string[];
  issue: CertificateIssuer;
  /** how long an unreachable authority is waited for at the first enrolment, in ms (a platform starts in any order) */
  patience?: number;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 60_000;
const RENEW_AT = 2 / 3; // of the lifetime: one third is left for retries
/** How often an authority is asked whose certificates are due as soon as it has signed them. */
const SHORTEST_WAIT_MS = 1_000;

/**
 * The certificate that a service presents: enrolled at start, renewed by itself at two thirds of its lifetime.
 * The key is made here and never leaves this object but into a TLS context.
 * Emits `renewed` with the new material and `renewal-failed` with the error (it goes on trying).
 */
export class PlatformCertificate extends EventEmitter<{ renewed: [TlsMaterial]; 'renewal-failed': [unknown] }> {
  readonly #options: EnrolOptions;
  #material: TlsMaterial;
  /** undefined once it is stopped */
  #callOff: (() => void) | undefined;
  #failures = 0;

  static async enrol(options: EnrolOptions): Promise<PlatformCertificate> {
    const deadline = Date.now() + (options.patience ?? 60_000);
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return new PlatformCertificate(options, await issueMaterial(options));
      } catch (error) {
        if (!isTemporary(error) || Date.now() + wait > deadline) throw error;
        await delay(wait);
      }
    }
  }

  private constructor(options: EnrolOptions, material: TlsMaterial) {
    super();
    this.#options = options;
    this.#material = material;
    this.#schedule();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Options for `https.createServer` (or Fastify's `https`). */
  get serverOptions(): { key: string; cert: string; minVersion: 'TLSv1.3' } {
    return { key: this.#material.key, cert: this.#material.cert, minVersion: 'TLSv1.3' };
  }

  /** New connections to the server get the new certificate after each renewal; open ones are not cut. */
  keepFresh(server: Pick<Server, 'setSecureContext'>): void {
    server.setSecureContext(this.serverOptions);
    this.on('renewed', () => server.setSecureContext(this.serverOptions));
  }

  async renew(): Promise<void> {
    try {
      this.#material = await issueMaterial(this.#options);
      this.#failures = 0;
      this.emit('renewed', this.#material);
    } catch (error) {
      this.#failures += 1;
      this.emit('renewal-failed', error);
    } finally {
      if (this.#callOff) this.#schedule();
    }
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #schedule(): void {
    this.#callOff?.();
    const now = Date.now();
    const date = this.#failures > 0 ? now + backoff(this.#failures) : Math.max(now + SHORTEST_WAIT_MS, renewalDate(this.#material));
    this.#callOff = atDate(date, () => void this.renew());
  }
}

/** ms since the epoch: two thirds of the lifetime, up to a tenth of it earlier, so that replicas do not all ask at once. */
export function renewalDate({ notBefore, notAfter }: Pick<TlsMaterial, 'notBefore' | 'notAfter'>, random = Math.random()): number {
  const lifetime = notAfter.getTime() - notBefore.getTime();
  return notBefore.getTime() + lifetime * (RENEW_AT - random / 10);
}

function backoff(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2);
}

async function issueMaterial({ names, issue }: EnrolOptions): Promise<TlsMaterial> {
  const { csr, key } = await createCertificateRequest(names);
  const cert = await issue(csr);
  const leaf = new X509Certificate(cert);
  for (const name of names) {
    if ((isIP(name) ? leaf.checkIP(name) : leaf.checkHost(name)) === undefined) {
      throw new TlsError({
        code: 'CHAIN_MISMATCH',
        message: `expected a certificate for ${name}, found one for ${leaf.subjectAltName ?? 'no name'}; check the authority's table of names`,
      });
    }
  }
  return { key, cert, notBefore: new Date(leaf.validFrom), notAfter: new Date(leaf.validTo) };
}

function isTemporary(error: unknown): boolean {
  return !(error instanceof Error && 'code' in error && (error.code === 'ENROLMENT_REFUSED' || error.code === 'CHAIN_MISMATCH'));
}
