import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceCard } from '@seaworthy/policy';
import { variablesHere } from './declared-variables.ts';
import { GRACE_MS } from './service-process.ts';
import { IDENTITY, type ChosenService } from './services.ts';
import { throwAwaySecrets } from './throw-away-secret.ts';

/** A service of the working tree, with all that a process of it needs; nothing of it comes from the platform that is released. */
export interface DevelopedService {
  readonly card: ServiceCard;
  /** on 127.0.0.1 */
  readonly port: number;
  readonly debugPort: number;
  readonly named: boolean;
  /** receives the bundle */
  readonly bundleDir: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ServicePlace extends ChosenService {
  /** of this service alone */
  readonly dir: string;
  /** where `root.pem` of the throw-away authority is */
  readonly trustDir: string;
  /** PEM */
  readonly certificate: { readonly cert: string; readonly key: string };
  /** those that somebody else knows as well; whatever else the card names is made up */
  readonly secrets: Readonly<Record<string, string>>;
  /** how its stores are reached */
  readonly environment: Readonly<Record<string, string>>;
  /** where another service of the session answers */
  readonly urlOf: (service: string) => string | undefined;
}

/** What a developer may set for a service from outside. */
const PASSED_ON = ['PATH', 'HOME', 'TZ', 'LANG', 'LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/** Writes certificate and secrets of the session to files for this user alone, and names them in the environment. */
export function placeService(place: ServicePlace, env = process.env): DevelopedService {
  const { card, port, debugPort, named, dir, trustDir, certificate, secrets, urlOf } = place;
  const secretsDir = join(dir, 'secrets');
  const identityUrl = urlOf(IDENTITY);
  writePrivate(secretsDir, { ...throwAwaySecrets(card.secrets), ...secrets });
  writePrivate(dir, { 'tls.pem': certificate.cert, 'tls.key': certificate.key });
  const environment = {
    ...Object.fromEntries(PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    ...variablesHere(place.variables, { dir: join(dir, 'data'), urlOf }),
    HOST: '127.0.0.1',
    PORT: String(port),
    TLS_CERT_FILE: join(dir, 'tls.pem'),
    TLS_KEY_FILE: join(dir, 'tls.key'),
    SECRETS_DIRECTORY: secretsDir,
    TRUST_DIRECTORY: trustDir,
    ...(identityUrl !== undefined && { IDENTITY_URL: identityUrl }),
    // nobody balances load here: there is no one to wait for
    DRAIN_DELAY_MS: '0',
    SHUTDOWN_GRACE_MS: String(GRACE_MS),
    ...place.environment,
  };
  return { card, port, debugPort, named, bundleDir: join(dir, 'bundle'), environment };
}

function writePrivate(dir: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content, { mode: 0o600 });
}
