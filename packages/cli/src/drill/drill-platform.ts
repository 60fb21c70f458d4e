import { join } from 'node:path';
import type { Admission, CopyChange, DrillPlatform } from '@seaworthy/drills';
import { OwnImages } from '@seaworthy/images';
import { admitRelease, fetchRelease } from '../deploy/release.ts';
import { loadLayout } from '../engine/images.ts';
import { runOnce, unframe } from '../engine/run-once.ts';
import { URLS } from '../platform/access.ts';
import { developer } from '../platform/pipeline.ts';
import { customer, issuerKey } from './customers.ts';
import { removeImages } from '../remove/remove-objects.ts';
import { keyRing } from '../start/key-ring.ts';
import type { RunningPlatform } from '../start/start-platform.ts';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { cutOff } from './cut-off.ts';
import { EdgeWatch } from './edge-watch.ts';
import { inPlaceOf } from './in-place-of.ts';
import { playInternet } from './play-internet.ts';
import { hasFleet, rollOutChange } from './roll-out-change.ts';
import { standIn } from './stand-in.ts';
import { submitChange } from './submit-change.ts';
import { undoable, whole } from './undoable.ts';

/** How long a deployed attack may show that it runs. */
const LIFE_MS = 1_500;

/** A running copy as drills see it. `admission` takes the place of deploy's own only in a copy whose control is gone. */
export function drillPlatform(running: RunningPlatform, admission?: CopyChange['admission']): DrillPlatform & { close(): Promise<void> } {
  const { instance, host, access, state } = running;
  const { docker } = host;
  const imageId = (name: string): string => state.imageIds[name] ?? missing(name);
  const person = developer(access);
  let watch: Promise<EdgeWatch> | undefined;
  const watchEdge = async (): Promise<EdgeWatch> => (watch ??= EdgeWatch.start(docker, instance, imageId('node')));
  const platform = {
    project: instance.project,
    docker,
    edgePort: instance.ports.edge,
    fetch: access.fetch,
    registry: (token) => access.registry(token),
    workload: (name) => access.workload(name),
    developer: person,
    customer: (name) => customer(access, name),
    issuerKey: () => issuerKey(instance),
    signingKey: (signer) => keyRing(instance).signingKeys[signer],
    imageId,
    layoutDir: (name) => join(instance.sharedDir, 'images', name),
    volume: (name) => `${instance.project}_${name}`,
    async deploy(repository: string, reference: string) {
      const registry = access.registry(access.workload('deploy'));
      const shipped: Admission = async (client, from, tag) => admitRelease(instance, client, from, tag);
      const admit: Admission = admission?.(platform, shipped) ?? shipped;
      const image = await admit(registry, repository, reference);
      const { id } = await fetchRelease(instance, docker, registry, image);
      try {
        const { output } = await runOnce(docker, instance, { image: id, endAfter: LIFE_MS });
        return { digest: image.digest, imageId: id, output };
      } finally {
        await removeImages(host.engine, [id]);
      }
    },
    async tamper(volume: string, mountPath: string, program: string) {
      const entrypoint = ['/usr/bin/node', '--eval', `const fs = require('node:fs'); ${program}`];
      const writing = runOnce(docker, instance, { image: imageId('node'), entrypoint, mounts: { [volume]: mountPath } });
      const { exitCode, output } = await whole(writing); // or a volume that is put in order again would be left half-way
      if (exitCode !== 0) throw new Error(`expected to write to ${volume}, found exit code ${exitCode}: ${output}`);
    },
    async logs(service: string, since: number) {
      const filters = { label: [`${OWNER_LABEL}=${instance.project}`, `com.docker.compose.service=${service}`] };
      const containers = await docker.listContainers({ filters });
      const texts = await Promise.all(
        containers.map(async ({ Id }) =>
          unframe(await docker.getContainer(Id).logs({ stdout: true, stderr: true, since: Math.floor(since / 1000) })),
        ),
      );
      return texts
        .flatMap((text) => text.split('\n'))
        .flatMap(parseLine)
        .filter(({ time }) => Number(time) >= since || Date.parse(String(time)) >= since);
    },
    inPlaceOf: async (service, run) => inPlaceOf(docker, instance, service, run),
    loadImage: async (layoutDir) => (await loadLayout(docker, new OwnImages(instance), layoutDir)).id,
    cutOff: async (service, network) => cutOff(docker, instance, service, network),
    standIn: async (program, where) => standIn(docker, instance, { ...where, program, image: imageId('node') }),
    async inNetworkOf(container: string, program: string) {
      const entrypoint = ['/usr/bin/node', '--eval', program];
      const { exitCode = 1, output } = await runOnce(docker, instance, { image: imageId('node'), entrypoint, networkOf: container });
      return { exitCode, output };
    },
    playInternet: async () => playInternet(docker, instance, imageId('node')),
    submitChange: async (files) => submitChange(access, person, files),
    edge: async (path, init) => access.fetch(`${URLS.edge}${path}`, init),
    edgeServers: async (service) => (await watchEdge()).servers(service),
    edgeInHand: async (service) => (await watchEdge()).inHand(service),
    hasFleet: async () => hasFleet(running),
    rollOut: async (changes) => whole(rollOutChange(running, changes)),
    undoable,
    close: async () => (await watch)?.stop(),
  } satisfies DrillPlatform & { close(): Promise<void> };
  return platform;
}

function parseLine(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}

function missing(name: string): never {
  throw new Error(`expected an image ${name} among those that were built, found none`);
}
