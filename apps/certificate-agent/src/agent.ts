import type { PlatformCertificate, TlsMaterial } from '@seaworthy/platform/tls';
import type { AgentConfig } from './agent.config.ts';
import { bundle, writeCertificateFile } from './certificate-file.ts';
import { HaproxyError, replaceCertificate } from './haproxy.ts';

export type Log = (level: 'info' | 'error', message: string, details?: object) => void;

/** Keeps the edge's certificate file and the running HAProxy at the newest certificate. */
export class CertificateAgent {
  readonly #config: AgentConfig;
  readonly #log: Log;

  constructor(config: AgentConfig, log: Log) {
    this.#config = config;
    this.#log = log;
  }

  /** Delivers what there is, and each renewal after it. */
  async follow(certificate: PlatformCertificate): Promise<void> {
    certificate.on('renewed', (material) => void this.#deliver(material));
    certificate.on('renewal-failed', (error) => this.#log('error', 'renewal failed', { reason: String(error) }));
    await this.#deliver(certificate.material);
  }

  /** The file first: a HAProxy that starts at this moment reads it. One that is not there yet needs nothing more. */
  async #deliver(material: TlsMaterial): Promise<void> {
    const { certificateFile: file, adminSocket: socket } = this.#config;
    try {
      writeCertificateFile(file, material);
      await replaceCertificate(socket, file, bundle(material));
      this.#log('info', 'certificate handed over', { notAfter: material.notAfter });
    } catch (error) {
      if (!(error instanceof HaproxyError)) throw error;
      this.#log(error.code === 'HAPROXY_AWAY' ? 'info' : 'error', 'certificate written', {
        notAfter: material.notAfter,
        reason: error.message,
      });
    }
  }
}
