import { RELEASE_TAG } from '@seaworthy/contracts';
import { inOrder } from '@seaworthy/images';
import { Compose } from '../engine/compose.ts';
import { runsAsDeclared } from '../engine/runs-as-declared.ts';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';
import type { PlatformAccess } from '../platform/access.ts';
import { readServices } from '../platform/fleet.ts';
import { writeEnvironment } from '../start/environment.ts';
import type { ImageIds } from '../start/environment.ts';
import type { Host } from '../start/prepare-host.ts';
import type { Progress } from '../ui/progress.ts';
import { expectReleased } from './expect-released.ts';
import { admitRelease, fetchRelease } from './release.ts';
import { rolledOut } from './fleet/await-rolled-out.ts';
import { renderDesired } from './fleet/render-desired.ts';
import { rollOut } from './fleet/roll-out.ts';
import { runtimeServices } from './runtime-services.ts';

/** Images of the runtime besides those of services: what serves users runs from release/, and from nowhere else. */
const RUNTIME_IMAGES = ['postgres', 'postgres-init', 'valkey', 'nats', 'haproxy'] as const;

/** Each is a question to the registry and two to the engine. */
const PARALLEL_FETCHES = 4;

export interface Release {
  readonly instance: Instance;
  readonly host: Host;
  readonly access: PlatformAccess;
  /** ids of everything that is not of the runtime */
  readonly ids: ImageIds;
  /** digests of manifests by name of service or image: what must have been released; without them, whatever was released last */
  readonly wanted?: Readonly<Record<string, string>>;
  readonly progress: Progress;
}

/**
 * Verifies, fetches and runs what the gatekeeper released last. Returns the ids that run.
 * @throws OtherRelease before anything is downloaded, when that is not what is wanted
 */
export async function releaseServices({ instance, host, access, ids, wanted = {}, progress }: Release): Promise<ImageIds> {
  const registry = access.registry(access.workload('deploy'));
  const { images, stores, single, replicated } = await runtimeServices(checkoutDir(instance));
  const verified = await progress.stage("Verifying the gatekeeper's verdicts before anything is downloaded", async (stage) => {
    const admitted = await Promise.all(
      [...RUNTIME_IMAGES, ...images].map(
        async (name) => [name, await admitRelease(instance, registry, `release/${name}`, RELEASE_TAG)] as const,
      ),
    );
    expectReleased(new Map(admitted), wanted);
    stage.update(`${admitted.length} images`);
    return admitted;
  });
  return progress.stage('Deploying', async (stage) => {
    const released: Record<string, string> = {};
    const fetching = new Map(verified);
    // of most only the configuration is read, to compare it: the engine has them
    await inOrder(
      [...fetching.keys()].map((name) => ({ name, parent: undefined })),
      PARALLEL_FETCHES,
      async (name) => {
        const image = fetching.get(name);
        if (image === undefined) return;
        stage.update(`${name} ${image.digest.slice(0, 19)}`);
        released[name] = (await fetchRelease(instance, host.docker, registry, image)).id;
      },
    );
    const all = { ...ids, ...released };
    writeEnvironment(instance, all, host.engine);
    const compose = new Compose(instance, host);
    stage.update('stores, edge');
    const kept = [...stores, ...single, 'edge'];
    const [isKept, desired] = await Promise.all([
      runsAsDeclared(host.docker, instance, compose, kept),
      renderDesired(host.docker, instance, compose, replicated),
    ]);
    if (!isKept) await compose.up(kept);
    // a store that was made anew may be empty
    const running = isKept ? rolledOut(desired, await readServices(access)) : new Set<string>();
    const migrations = replicated.filter((name) => !running.has(name));
    if (migrations.length > 0) stage.update(`${migrations.join(', ')}: migration`);
    // until it is told what is wanted, the fleet keeps what was: it may be started, or replaced, meanwhile
    await Promise.all([
      ...migrations.map(async (name) => compose.run(['run', '--rm', '--no-deps', '--no-TTY', `${name}-migrate`])),
      compose.up(['fleet'], ['--no-deps']),
    ]);
    stage.update('fleet');
    await rollOut(
      { docker: host.docker, instance, access, carrierImage: all['node'] ?? '', onProgress: (text) => stage.update(text) },
      desired,
      'dropped',
    );
    return released;
  });
}
