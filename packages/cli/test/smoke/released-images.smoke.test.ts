import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OWNER_LABEL, RELEASE_TAG } from '@seaworthy/contracts';
import { readComposeFile } from '@seaworthy/policy/runtime';
import Docker from 'dockerode';
import { admitRelease, fetchRelease } from '../../src/deploy/release.ts';
import { findEngine } from '../../src/host/engine/engine.ts';
import { checkoutDir } from '../../src/instance.ts';
import { PlatformAccess } from '../../src/platform/access.ts';
import { readState } from '../../src/start/state.ts';
import { instance } from './ask.ts';

interface Released {
  readonly digest: string;
  /** under which the engine holds exactly this: the digest of its configuration, or another where the engine uses containerd's store */
  readonly id: string;
}

/** A container, and the image that it was made from: its id, not a name that somebody could give to another one. */
interface Made {
  readonly service: string;
  readonly image: string;
}

describe('what runs, and what the gatekeeper released', () => {
  let access: PlatformAccess;
  let made: Made[];
  let released: Map<string, Released>;
  /** name of the image, by service of compose.yaml */
  let imageOf: Map<string, string>;
  beforeAll(async () => {
    const services = await readComposeFile(join(checkoutDir(instance), 'compose.yaml'));
    imageOf = new Map(Object.entries(services).map(([name, { image }]) => [name, imageName(String(image))]));
    access = new PlatformAccess(instance);
    const registry = access.registry(access.workload('deploy'));
    const { engine } = await findEngine();
    const docker = new Docker({ socketPath: engine?.socketPath ?? '' });
    const verify = async (name: string): Promise<readonly [string, Released]> => {
      const image = await admitRelease(instance, registry, `release/${name}`, RELEASE_TAG);
      return [name, { digest: image.digest, id: (await fetchRelease(instance, docker, registry, image)).id }];
    };
    released = new Map(await Promise.all([...new Set(imageOf.values())].map(verify)));
    made = await containers(docker);
  });
  afterAll(async () => {
    await access?.close();
  });

  it('are the same: each container is made from the image that a verified release names, layer for layer, setting for setting', () => {
    const wanted = made.map(({ service }) => ({ service, image: released.get(imageOf.get(service) ?? '')?.id }));
    expect(made).toEqual(wanted);
  });

  it('are all: no service has no container, but those that migrate and go', () => {
    const stay = [...imageOf.keys()].filter((name) => !name.endsWith('-migrate'));
    expect([...new Set(made.map(({ service }) => service))].toSorted()).toEqual(stay.toSorted());
  });

  it('are what the last start noted: the digests that it says at its end', () => {
    const noted = Object.entries(readState(instance)?.services ?? {});
    expect(noted.map(([name]) => name)).toEqual(expect.arrayContaining(['catalog', 'orders', 'payments']));
    expect(noted).toEqual(noted.map(([name]) => [name, released.get(name)?.digest]));
  });
});

/** compose.yaml takes the id of each from a variable, such as REGISTRY_GATE_IMAGE. */
function imageName(variable: string): string {
  return variable
    .replace(/_IMAGE$/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}

async function containers(docker: Docker): Promise<Made[]> {
  const label = [`${OWNER_LABEL}=${instance.project}`, 'com.docker.compose.service'];
  const found = await docker.listContainers({ all: true, filters: { label } });
  // the list names an image as whoever made the container did; the container itself has its id
  return Promise.all(
    found.map(async ({ Id, Labels }) => ({
      service: Labels['com.docker.compose.service'] ?? '',
      image: (await docker.getContainer(Id).inspect()).Image,
    })),
  );
}
