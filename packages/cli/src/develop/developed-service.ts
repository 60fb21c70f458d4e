import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceCard } from '@seaworthy/policy';
import type { KeyAndCertificate } from '../ca/certificates.ts';
import { GRACE_MS } from './service-process.ts';
import { throwAwayPassword } from './stores/password.ts';
import type { StoreAccess } from './stores/store.ts';

/** A service of the working tree, with all that a process of it needs; nothing of it comes from the platform that is released. */
export interface DevelopedService {
  readonly card: ServiceCard;
  /** on 127.0.0.1 */
  readonly port: number;
  readonly debugPort: number;
  /** receives the bundle */
  readonly bundleDir: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ServicePlace {
  readonly card: ServiceCard;
  readonly port: number;
  readonly debugPort: number;
  /** of this service alone */
  readonly dir: string;
  readonly certificate: KeyAndCertificate;
  readonly stores: readonly StoreAccess[];
}

/** What a developer may set for a service from outside. */
const PASSED_ON = ['PATH', 'HOME', 'TZ', 'LANG', 'LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** Writes certificate and passwords of the session to files for this user alone, and names them in the environment. */
export function placeService({ card, port, debugPort, dir, certificate, stores }: ServicePlace, env = process.env): DevelopedService {
  const secretsDir = join(dir, 'secrets');
  const known = Object.assign({}, ...stores.map(({ secrets }) => secrets)) as Record<string, string>;
  // TLS comes from files, so there is no identity to prove; whatever else the card names is made up for this session
  const others = card.secrets.filter((name) => name !== 'client-secret' && !(name in known));
  const secrets = { ...known, ...Object.fromEntries(others.map((name) => [name, throwAwayPassword()])) };
  writePrivate(secretsDir, secrets);
  writePrivate(dir, { 'tls.pem': certificate.cert, 'tls.key': certificate.key });
  const environment = {
    ...Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    SERVICE_NAME: card.name,
    HOST: '127.0.0.1',
    PORT: String(port),
    TLS_CERT_FILE: join(dir, 'tls.pem'),
    TLS_KEY_FILE: join(dir, 'tls.key'),
    SECRETS_DIRECTORY: secretsDir,
    // nobody balances load here: there is no one to wait for
    DRAIN_DELAY_MS: '0',
    SHUTDOWN_GRACE_MS: String(GRACE_MS),
    ...(Object.assign({}, ...stores.map((store) => store.environment)) as Record<string, string>),
  };
  return { card, port, debugPort, bundleDir: join(dir, 'bundle'), environment };
}

function writePrivate(dir: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content, { mode: 0o600 });
}
