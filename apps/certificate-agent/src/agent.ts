import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformCertificate, TlsMaterial } from '@seaworthy/platform/tls';
import type { AgentConfig } from './agent.config.ts';
import { bundle, writeCertificateFile } from './certificate-file.ts';
import { HaproxyError, replaceCertificate } from './haproxy.ts';

export type Log = (level: 'info' | 'error', message: string, details?: object) => void;

/** Between two looks whether there is something to hand over: what HAProxy missed, or refused, it is told again so soon. */
const PAUSE_MS = 3_000;

/** Keeps the edge's certificate file and the running HAProxy at the newest certificate. */
export class CertificateAgent {
  readonly #config: AgentConfig;
  readonly #log: Log;
  readonly #pauseMs: number;
  #written: TlsMaterial | undefined;
  #trouble: HaproxyError['code'] | undefined;

  constructor(config: AgentConfig, log: Log, pauseMs = PAUSE_MS) {
    this.#config = config;
    this.#log = log;
    this.#pauseMs = pauseMs;
  }

  /** Delivers what there is, and each renewed one after it, until the signal. */
  async follow(certificate: PlatformCertificate, signal?: AbortSignal): Promise<void> {
    certificate.on('renewal-failed', (error) => this.#log('error', 'renewal failed', { reason: String(error) }));
    for (let delivered: TlsMaterial | undefined; ; await delay(this.#pauseMs)) {
      if (signal?.aborted) return;
      const { material } = certificate;
      if (material !== delivered && (await this.deliver(material))) delivered = material;
    }
  }

  /**
   * The file first: a HAProxy that starts at this moment reads it. One that could not be told may run all the same, with the certificate before.
   * @returns whether it has told HAProxy
   */
  async deliver(material: TlsMaterial): Promise<boolean> {
    this.#write(material);
    const { certificateFile: file, adminSocket: socket } = this.#config;
    try {
      await replaceCertificate(socket, file, bundle(material));
      this.#log('info', 'certificate handed over', { notAfter: material.notAfter });
      return true;
    } catch (error) {
      if (!(error instanceof HaproxyError)) throw error;
      this.#tellOnce(error, material);
      return false;
    }
  }

  #write(material: TlsMaterial): void {
    if (material === this.#written) return;
    writeCertificateFile(this.#config.certificateFile, material);
    this.#written = material;
    this.#trouble = undefined;
  }

  #tellOnce({ code, message: reason }: HaproxyError, { notAfter }: TlsMaterial): void {
    if (code !== this.#trouble) this.#log(code === 'HAPROXY_AWAY' ? 'info' : 'error', 'certificate written', { notAfter, reason });
    this.#trouble = code;
  }
}
