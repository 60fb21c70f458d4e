import { INTERNAL_DOMAIN } from '@seaworthy/contracts';
import { ConfigError } from '../config/config.error.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { loadWorkload } from '../tls/workload.ts';
import { FileCertificate } from './server-certificate.ts';
import type { ServerCertificate } from './server-certificate.ts';
import type { ServiceConfig } from './service.config.ts';

interface CertificateOptions {
  name: string;
  certificateNames?: readonly string[];
}

/** The service's certificate: from files where both are named, otherwise from the identity service. Without one there is no service. */
export async function defaultCertificate(
  options: CertificateOptions,
  config: ServiceConfig,
  logger: PlatformLogger,
): Promise<ServerCertificate> {
  const { tlsCertificateFile: certificate, tlsKeyFile: key } = config;
  if (certificate && key) return new FileCertificate(certificate, key);
  if (certificate || key) throw new ConfigError(['TLS_CERT_FILE and TLS_KEY_FILE: expected both or none, found one']);
  const enrolled = await loadWorkload({ name: options.name, identityUrl: config.identityUrl }).enrol(
    options.certificateNames ?? [`${options.name}.${INTERNAL_DOMAIN}`],
  );
  enrolled.on('renewed', ({ notAfter }) => logger.info({ notAfter }, 'certificate renewed'));
  enrolled.on('renewal-failed', (error) => logger.error({ err: error }, 'certificate renewal failed'));
  return enrolled;
}
