import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, watchFile, unwatchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { Logger } from '@nestjs/common';
import { ConfigError } from '../config/config.error.ts';

/** What a service presents to its clients. The platform's own is `PlatformCertificate`; it renews itself. */
export interface ServerCertificate {
  /** puts the certificate into the server, and each renewed one after it */
  keepFresh(server: Pick<Server, 'setSecureContext'>): void;
  readonly material: { notAfter: Date };
  stop(): void;
}

const POLL_MS = 10_000;

/** A certificate that somebody else renews in files (cert-manager, certbot). Read anew when one of them changes. */
export class FileCertificate implements ServerCertificate {
  readonly #files: { certificate: string; key: string };
  readonly #pollMs: number;
  #notAfter: Date;
  readonly #logger = new Logger('certificate');

  /** @throws {ConfigError} when a file cannot be read */
  constructor(certificate: string, key: string, pollMs: number = POLL_MS) {
    this.#files = { certificate, key };
    this.#pollMs = pollMs;
    this.#notAfter = endOf(fitting(this.#read()));
  }

  get material(): { notAfter: Date } {
    return { notAfter: this.#notAfter };
  }

  keepFresh(server: Pick<Server, 'setSecureContext'>): void {
    server.setSecureContext(this.#read());
    for (const file of Object.values(this.#files))
      watchFile(file, { interval: this.#pollMs, persistent: false }, () => this.#renew(server));
  }

  stop(): void {
    for (const file of Object.values(this.#files)) unwatchFile(file);
  }

  /** Between the writing of one file and of the other they do not fit; the old pair serves until they do. */
  #renew(server: Pick<Server, 'setSecureContext'>): void {
    try {
      const renewed = fitting(this.#read());
      server.setSecureContext(renewed);
      this.#notAfter = endOf(renewed);
    } catch (error) {
      this.#logger.warn({ msg: 'certificate files changed and cannot be used; the certificate before serves on', err: error });
    }
  }

  #read(): { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' } {
    return {
      cert: readNamed('TLS_CERT_FILE', this.#files.certificate),
      key: readNamed('TLS_KEY_FILE', this.#files.key),
      minVersion: 'TLSv1.2',
    };
  }
}

/** @throws {ConfigError} when the key is none, or another certificate's */
function fitting<T extends { cert: Buffer; key: Buffer }>(pair: T): T {
  endOf(pair);
  try {
    if (new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) return pair;
  } catch {
    throw new ConfigError(['TLS_KEY_FILE: expected a private key in PEM, found something else']);
  }
  throw new ConfigError(['TLS_KEY_FILE: expected the key of the certificate in TLS_CERT_FILE, found another']);
}

function endOf({ cert }: { cert: Buffer }): Date {
  try {
    return new Date(new X509Certificate(cert).validTo);
  } catch {
    throw new ConfigError(['TLS_CERT_FILE: expected a certificate in PEM, found something else']);
  }
}

function readNamed(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigError([`${variable}: expected a readable file, found none there`]);
  }
}
