import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { Instance } from '../instance.ts';
import { undoable } from './undoable.ts';

/**
 * Takes a service's container off a network. What stood there gets no answer any more, not even that nobody is there. Returns how it comes
 * back: under its names, at whatever address is free, since somebody may have taken its own meanwhile.
 */
export async function cutOff(docker: Docker, { project }: Instance, service: string, network: string): Promise<() => Promise<void>> {
  const label = [`${OWNER_LABEL}=${project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False'];
  const [found] = await docker.listContainers({ filters: { label } });
  if (found === undefined) throw new Error(`expected a running container of ${service}, found none; npm start`);
  const name = `${project}_${network}`;
  const { NetworkSettings } = await docker.getContainer(found.Id).inspect();
  const endpoint = NetworkSettings.Networks[name];
  if (endpoint === undefined) throw new Error(`expected ${service} on ${network}, found it on others alone`);
  const { Aliases } = endpoint;
  return undoable(
    async () => docker.getNetwork(name).disconnect({ Container: found.Id, Force: true }),
    async () => docker.getNetwork(name).connect({ Container: found.Id, EndpointConfig: Aliases ? { Aliases } : {} }),
  );
}
