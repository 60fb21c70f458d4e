import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../host/write-whole.ts';
import type { VolumeFiles } from '../engine/volumes.ts';
import type { Instance } from '../instance.ts';

/** The volumes that each service reads once, when it starts: another content is another service to compose, which starts it anew. */
const READ_AT_START: Readonly<Record<string, readonly string[]>> = {
  identity: ['identity-secrets', 'trust'],
  'registry-gate': ['registry-gate-secrets', 'trust'],
  'engine-filter': ['engine-filter-config'],
  pipeline: ['pipeline-secrets', 'pipeline-config', 'trust'],
  egress: ['egress-config'],
  gatekeeper: ['gatekeeper-secrets', 'trust'],
  valkey: ['valkey-secrets'],
  catalog: ['catalog-secrets', 'trust'],
  nats: ['nats-secrets'],
  orders: ['orders-secrets', 'trust'],
  payments: ['payments-secrets', 'trust'],
  'payment-provider': ['payment-provider-secrets', 'trust'],
  'certificate-agent': ['edge-secrets', 'trust'],
  edge: ['trust'],
  fleet: ['fleet-secrets', 'trust'],
};

/** By name of service, what its volumes hold, as a hash that tells nothing of it. */
type Contents = Readonly<Record<string, string>>;

/** Notes what the volumes hold, for whoever writes the environment of compose. */
export function keepContents(instance: Instance, volumes: Readonly<Record<string, VolumeFiles>>): void {
  const contents = Object.fromEntries(
    Object.entries(READ_AT_START).map(([service, names]) => [service, hash(names.map((name) => [name, volumes[name] ?? {}]))]),
  );
  writeWhole(fileOf(instance), JSON.stringify(contents), 0o600);
}

/** As compose.yaml names them: `SEAWORTHY_CONTENT_REGISTRY_GATE`. */
export function contentVariables(instance: Instance): Record<string, string> {
  return Object.fromEntries(
    Object.entries(readContents(instance)).map(([service, content]) => [
      `SEAWORTHY_CONTENT_${service.toUpperCase().replaceAll('-', '_')}`,
      content,
    ]),
  );
}

/** Nothing, when no start has noted any: every service is started anew then. */
function readContents(instance: Instance): Contents {
  try {
    return JSON.parse(readFileSync(fileOf(instance), 'utf8')) as Contents;
  } catch {
    return {};
  }
}

function fileOf(instance: Instance): string {
  return join(instance.stateDir, 'contents.json');
}

function hash(volumes: readonly (readonly [string, VolumeFiles])[]): string {
  const sum = createHash('sha256');
  for (const [name, files] of volumes) {
    for (const [path, content] of Object.entries(files)) sum.update(`${name}/${path}\0`).update(content).update('\0');
  }
  return sum.digest('hex').slice(0, 16);
}
