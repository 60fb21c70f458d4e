import { OWNER_LABEL } from '@seaworthy/contracts';
import type { InPlace, InPlaceResult } from '@seaworthy/drills';
import type Docker from 'dockerode';
import { bundleProgram } from './bundle-program.ts';
import { helperLabels, withHelper } from '../engine/helper-containers.ts';
import { unframe } from '../engine/run-once.ts';
import type { Instance } from '../instance.ts';

/** After which an attack that does not end is ended. */
const PATIENCE_MS = 60_000;
/** Where a drill's program lies in the container that it runs in. */
const PROGRAM = '/drill/main.mjs';

/**
 * Runs a program in the place of a service's replica: same image, user, environment, volumes, networks, limits and filters, all as the
 * engine tells them of one that is there. Only what is run differs, and that nobody finds it: it has no name on any network.
 */
export async function inPlaceOf(
  docker: Docker,
  instance: Instance,
  service: string,
  { entrypoint = [], program, image, offline = false }: InPlace,
): Promise<InPlaceResult> {
  const { Config, HostConfig, NetworkSettings } = await replicaOf(docker, instance, service);
  const networks = offline ? ['none'] : Object.keys(NetworkSettings.Networks);
  const [first, ...others] = networks;
  const bundle = program === undefined ? undefined : await bundleProgram(instance, program.file);
  const options: Docker.ContainerCreateOptions = {
    Image: image ?? Config.Image,
    Entrypoint: program === undefined ? [...entrypoint] : ['/usr/bin/node', PROGRAM, ...program.args],
    Cmd: [],
    User: Config.User,
    Env: Config.Env,
    WorkingDir: Config.WorkingDir,
    Labels: helperLabels(instance),
    HostConfig: {
      ...HostConfig,
      ...(offline ? { NetworkMode: 'none' } : {}),
      Binds: [...(HostConfig.Binds ?? []), ...(bundle === undefined ? [] : [`${bundle}:${PROGRAM}:ro`])],
      PortBindings: {},
      RestartPolicy: { Name: 'no' },
    },
    ...(first === undefined || first === 'none' ? {} : { NetworkingConfig: { EndpointsConfig: { [first]: {} } } }),
  };
  return withHelper(docker, options, async (container) => {
    for (const network of others) await docker.getNetwork(network).connect({ Container: container.id });
    await container.start();
    const timer = setTimeout(() => void container.kill().catch(() => undefined), PATIENCE_MS);
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    clearTimeout(timer);
    const { OOMKilled: outOfMemory } = (await container.inspect()).State;
    return { exitCode: StatusCode, outOfMemory, output: unframe(await container.logs({ stdout: true, stderr: true })) };
  });
}

async function replicaOf(docker: Docker, instance: Instance, service: string): Promise<Docker.ContainerInspectInfo> {
  const label = [`${OWNER_LABEL}=${instance.project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False'];
  const there = await docker.listContainers({ all: true, filters: { label } });
  // one that the fleet is still making is not on all of its networks yet
  const found = there.find(({ State }) => State === 'running') ?? there[0];
  if (found === undefined) throw new Error(`expected a container of ${service} whose place can be taken, found none; npm start`);
  return docker.getContainer(found.Id).inspect();
}
