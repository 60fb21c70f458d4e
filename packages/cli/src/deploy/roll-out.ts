import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { Compose } from '../engine/compose.ts';
import { runOnce } from '../engine/run-once.ts';
import { UserError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { CONTENT_LABEL, contentOf } from '../start/contents.ts';

/** Replicas that run at least, while others are replaced. */
const REPLICAS = 2;
const PATIENCE_MS = 30_000;

/**
 * Replaces the replicas of a service without a gap: new ones first, and only when the edge has found them ready do the old ones drain
 * and go. Replicas that run the wanted image with the wanted secrets already are kept.
 */
export async function rollOut(
  docker: Docker,
  instance: Instance,
  compose: Compose,
  service: string,
  imageId: string,
  nodeImage: string,
): Promise<void> {
  const before = await replicas(docker, instance, service);
  const content = contentOf(instance, service);
  const old = before.filter(
    ({ ImageID, State, Labels }) => ImageID !== imageId || State !== 'running' || Labels[CONTENT_LABEL] !== content,
  );
  const kept = before.length - old.length;
  if (old.length === 0 && kept === REPLICAS) return;
  await compose.up([service], ['--no-deps', '--no-recreate', '--scale', `${service}=${old.length + REPLICAS}`]);
  await awaitReplicas(docker, instance, service, old.length + REPLICAS, nodeImage);
  await Promise.all(old.map(async ({ Id }) => removeReplica(docker, Id)));
}

async function replicas(docker: Docker, instance: Instance, service: string): Promise<Docker.ContainerInfo[]> {
  return docker.listContainers({
    all: true,
    filters: { label: [`${OWNER_LABEL}=${instance.project}`, `com.docker.compose.service=${service}`] },
  });
}

/** Asks the edge itself, since it is the edge that must find them. */
async function awaitReplicas(docker: Docker, instance: Instance, service: string, wanted: number, nodeImage: string): Promise<void> {
  const program = readFileSync(join(import.meta.dirname, 'await-replicas.mjs'), 'utf8');
  const { exitCode } = await runOnce(docker, instance, {
    image: nodeImage,
    entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program],
    env: { BACKEND: service, WANTED: String(wanted), PATIENCE_MS: String(PATIENCE_MS) },
    mounts: { 'edge-run': '/run/edge' },
  });
  if (exitCode === 0) return;
  throw new UserError({
    code: 'FAILED',
    message: `The new replicas of ${service} do not get ready`,
    expected: `${wanted} ready replicas at the edge within ${PATIENCE_MS / 1000} s; the old ones still serve`,
    found: 'fewer',
    remedy: `read their logs (docker compose logs ${service}), mend the change, commit, and start again`,
  });
}

async function removeReplica(docker: Docker, id: string): Promise<void> {
  const container = docker.getContainer(id);
  await container.stop().catch(() => undefined);
  await container.remove({ force: true });
}
