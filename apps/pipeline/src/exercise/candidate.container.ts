import type { ContainerSpec, VolumeMount } from '../engine/engine.client.ts';
import { containerSpec, mount } from '../jobs/container.spec.ts';
import { JobError } from '../jobs/job.error.ts';
import type { Keeper } from '../jobs/keeper.ts';
import { runLabels } from '../jobs/labels.ts';
import type { Candidate } from './candidate.ts';
import type { StandOptions } from './stand.ts';

const SECRETS = '/run/seaworthy/secrets';
const TRUST = '/run/seaworthy/trust';
const MEMORY_BYTES = 256 * 1024 ** 2;
const PIDS = 128;

/** As compose.yaml would start it, but for the certificate, which comes from files. `words`: arguments of a one-shot use of it. */
export function serviceSpec(
  { project, run, settings }: StandOptions,
  { card, image, environment }: Candidate,
  keeper: Keeper,
  change: { network?: string; environment?: Record<string, string>; words?: readonly string[] },
): ContainerSpec {
  const base = settings.exerciseImages[image.parent.name];
  if (!base) {
    throw new JobError({
      code: 'JOB_FAILED',
      message: `expected the engine to have the base image ${image.parent.name} of ${card.name}, found none that the operator has named; npm start`,
    });
  }
  const mounts: VolumeMount[] = [
    mount(keeper.volume('app'), '/app', true),
    mount(keeper.volume('secrets'), SECRETS, true),
    mount(keeper.volume('trust'), TRUST, true),
  ];
  return containerSpec({
    image: base,
    labels: runLabels(project, run),
    entrypoint: ['/usr/bin/node', '/app/main.js', ...(change.words ?? [])],
    workingDir: '/app',
    mounts,
    environment: {
      ...environment,
      PORT: String(card.ports[0] ?? ''),
      TLS_CERT_FILE: `${SECRETS}/tls.pem`,
      TLS_KEY_FILE: `${SECRETS}/tls.key`,
      ...change.environment,
    },
    network: change.network,
    memoryBytes: MEMORY_BYTES,
    cpus: 1,
    pids: PIDS,
  });
}
