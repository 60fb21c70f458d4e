import { X509Certificate } from 'node:crypto';
import { readFileSync, watchFile, unwatchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { ConfigError } from '../config/config.error.ts';

/** What a service presents to its clients. The platform's own is `PlatformCertificate`; it renews itself. */
export interface ServerCertificate {
  /** puts the certificate into the server, and each renewed one after it */
  keepFresh(server: Pick<Server, 'setSecureContext'>): void;
  readonly material: { notAfter: Date };
  stop(): void;
}

const POLL_MS = 10_000;

/** A certificate that somebody else renews in a file (cert-manager, certbot). Read anew when the file changes. */
export class FileCertificate implements ServerCertificate {
  readonly #certificateFile: string;
  readonly #keyFile: string;

  constructor(certificateFile: string, keyFile: string) {
    this.#certificateFile = certificateFile;
    this.#keyFile = keyFile;
    this.#read();
  }

  get material(): { notAfter: Date } {
    return { notAfter: new Date(new X509Certificate(this.#read().cert).validTo) };
  }

  keepFresh(server: Pick<Server, 'setSecureContext'>): void {
    server.setSecureContext(this.#read());
    watchFile(this.#certificateFile, { interval: POLL_MS, persistent: false }, () => server.setSecureContext(this.#read()));
  }

  stop(): void {
    unwatchFile(this.#certificateFile);
  }

  #read(): { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' } {
    return {
      cert: readNamed('TLS_CERT_FILE', this.#certificateFile),
      key: readNamed('TLS_KEY_FILE', this.#keyFile),
      minVersion: 'TLSv1.2',
    };
  }
}

function readNamed(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigError([`${variable}: expected a readable file, found none there`]);
  }
}
