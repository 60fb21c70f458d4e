import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { createAuthority, identitySecrets } from '../ca/index.ts';
import { fillVolumes, sayWhereCloneIs } from '../engine/volumes.ts';
import type { VolumeFiles } from '../engine/volumes.ts';
import { removeHelpers } from '../engine/helper-containers.ts';
import type { Instance } from '../instance.ts';
import { cacheUsers } from './cache-users.ts';
import { keepContents } from './contents.ts';
import { keyRing } from './key-ring.ts';
import { messagingAccounts } from './messaging-accounts.ts';
import { CUSTOMERS } from './people.ts';
import type { KeyRing } from './key-ring.ts';
import { releasable, verificationFiles } from './verification-files.ts';

/** What only this run knows: files of volumes besides the secrets. */
export interface OperatorFiles {
  /** the engine filter's clients, with the ids of the images that they may run */
  readonly engineFilter: VolumeFiles;
  /** the user's registry, certificate authorities and index of fixes, for the jobs that may use them */
  readonly pipeline: VolumeFiles;
  /** the proxy's list of allowed hosts */
  readonly egress: VolumeFiles;
  /** public keys that replace those of the copy's own signers; drills only */
  readonly trust?: Readonly<Record<string, string>>;
}

/** Volumes that a service writes to, and that must belong to it before it starts. */
const WORKING_VOLUMES = [
  'identity-data',
  'registry-data',
  'registry-socket',
  'engine-socket',
  'pipeline-data',
  'postgres-data',
  'orders-postgres-data',
  'payments-postgres-data',
  'payment-provider-ledger',
  'nats-data',
  'edge-run',
  'edge-stats',
  'fleet-engine-socket',
  'fleet-desired',
];

/**
 * Makes keys, certificates and passwords where they are missing, and gives each service exactly its own, in a volume of its own.
 * Doing it again changes nothing that is in use; what is in use and changed is noted, so that compose starts its service anew.
 */
export async function provision(docker: Docker, instance: Instance, carrierImage: string, files: OperatorFiles): Promise<void> {
  const ring = keyRing(instance);
  const authority = await createAuthority(join(instance.stateDir, 'ca'));
  const signers = { ...ring.signerPublicKeys, ...files.trust };
  const trust = { 'root.pem': authority.root, 'trust.json': JSON.stringify({ signers }) };
  keepTrust(instance, { ...trust, ...verificationFiles(instance, signers, releasable(instance)) });
  const identity = {
    ...authority.secrets,
    ...identitySecrets({
      dir: join(instance.stateDir, 'secrets', 'identity'),
      clientSecrets: ring.clientSecrets,
      people: [
        { name: 'developer', roles: ['developer'], password: ring.developerPassword },
        // who starts the platform: a developer who may also release a change of what is protected
        { name: 'operator', roles: ['developer', 'operator'], password: ring.operatorPassword },
        ...CUSTOMERS.map((name) => ({ name, roles: ['customer'], password: ring.customerPasswords[name] })),
      ],
    }),
  };
  const volumes: Record<string, VolumeFiles> = {
    trust,
    'identity-secrets': identity,
    ...serviceSecrets(ring),
    'engine-filter-config': files.engineFilter,
    'pipeline-config': files.pipeline,
    'egress-config': files.egress,
    ...Object.fromEntries(WORKING_VOLUMES.map((name) => [name, {}])),
  };
  await removeHelpers(docker, instance);
  await fillVolumes(docker, instance, carrierImage, volumes);
  await sayWhereCloneIs(docker, instance);
  keepContents(instance, volumes);
}

/** Each service's secrets by the name of its volume: nobody reads another's. */
function serviceSecrets(ring: KeyRing): Record<string, VolumeFiles> {
  const client = (name: keyof KeyRing['clientSecrets']): VolumeFiles => ({ 'client-secret': ring.clientSecrets[name] });
  return {
    'registry-gate-secrets': client('registry-gate'),
    'pipeline-secrets': { ...client('pipeline'), 'signing.key': ring.signingKeys.pipeline },
    'gatekeeper-secrets': { ...client('gatekeeper'), 'signing.key': ring.signingKeys.gatekeeper },
    'edge-secrets': client('edge'),
    'fleet-secrets': client('fleet'),
    'catalog-secrets': { ...client('catalog'), 'database-password': ring.databasePassword, 'cache-password': ring.cachePassword },
    'postgres-secrets': { 'database-owner-password': ring.databaseOwnerPassword, 'database-password': ring.databasePassword },
    'orders-secrets': {
      ...client('orders'),
      'database-password': ring.ordersDatabasePassword,
      'messaging-key': ring.ordersMessagingKey,
    },
    'orders-postgres-secrets': {
      'database-owner-password': ring.ordersDatabaseOwnerPassword,
      'database-password': ring.ordersDatabasePassword,
    },
    'payments-secrets': {
      ...client('payments'),
      'database-password': ring.paymentsDatabasePassword,
      'messaging-key': ring.paymentsMessagingKey,
      'card-keys': ring.cardKeys,
    },
    'payments-postgres-secrets': {
      'database-owner-password': ring.paymentsDatabaseOwnerPassword,
      'database-password': ring.paymentsDatabasePassword,
    },
    'payment-provider-secrets': client('payment-provider'),
    'nats-secrets': { 'users.conf': messagingAccounts({ orders: ring.ordersMessagingKey, payments: ring.paymentsMessagingKey }) },
    'valkey-secrets': { 'users.acl': cacheUsers('catalog', ring.cachePassword) },
  };
}

/** The public half, for the host's own tools, for `curl --cacert`, and for tools that verify releases by themselves. */
function keepTrust(instance: Instance, trust: Readonly<Record<string, string>>): void {
  const directory = join(instance.stateDir, 'trust');
  for (const [name, content] of Object.entries(trust)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, name), content, { mode: 0o644 });
  }
}
