import { z } from 'zod';
import { ENDPOINTS } from '@seaworthy/contracts';
import { absolutePath, baseUrl, configGroup, hostName, variable, wholeNumber } from '../config/config-group.ts';
import { ConfigError } from '../config/config.error.ts';

const milliseconds = (fallback: number) => wholeNumber(0, 600_000).default(fallback);

/** What every service reads. */
export class ServiceConfig extends configGroup({
  host: variable('HOST', hostName.default('0.0.0.0')),
  port: variable('PORT', wholeNumber(0, 65_535).default(8443)),
  logLevel: variable('LOG_LEVEL', z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')),
  otlpEndpoint: variable('OTEL_EXPORTER_OTLP_ENDPOINT', baseUrl('http', 'https').optional()),
  /** `otlp`: log lines go to the collector as well; standard output has them in any case */
  logsExporter: variable('OTEL_LOGS_EXPORTER', z.enum(['otlp', 'none']).default('none')),
  identityUrl: variable('IDENTITY_URL', baseUrl('https').default(`https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}`)),
  /** a certificate from files instead of from the identity service; both or none */
  tlsCertificateFile: variable('TLS_CERT_FILE', absolutePath.optional()),
  tlsKeyFile: variable('TLS_KEY_FILE', absolutePath.optional()),
  /** requests in hand at once; the next one is refused with 503 */
  mostInHand: variable('MOST_REQUESTS_IN_HAND', wholeNumber(1, 100_000).default(1_000)),
  /** requests of one identity, at this replica */
  callerRate: variable('CALLER_REQUESTS_PER_SECOND', wholeNumber(1, 1_000_000).default(1_000)),
  callerBurst: variable('CALLER_BURST', wholeNumber(1, 1_000_000).default(2_000)),
  /** between "not ready" and closing the door, in ms: time for the balancer to notice */
  drainDelay: variable('DRAIN_DELAY_MS', milliseconds(3_000)),
  /** from the signal to the end, in ms: longer than the delay, and shorter than the 10 s after which an engine kills */
  shutdownGrace: variable('SHUTDOWN_GRACE_MS', milliseconds(9_000)),
}) {
  constructor(values: never) {
    super(values);
    if (this.drainDelay >= this.shutdownGrace) throw new ConfigError(['DRAIN_DELAY_MS: must be less than SHUTDOWN_GRACE_MS']);
  }
}
