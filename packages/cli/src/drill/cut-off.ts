import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { onInterrupt } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';

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
  await docker.getNetwork(name).disconnect({ Container: found.Id, Force: true });
  let back: Promise<void> | undefined;
  // an interruption and the end of the attack may come together: it is connected once
  const connect = async (): Promise<void> => {
    await docker.getNetwork(name).connect({ Container: found.Id, EndpointConfig: Aliases ? { Aliases } : {} });
  };
  const connectOnce = async (): Promise<void> => (back ??= connect());
  const forget = onInterrupt(connectOnce);
  return async () => {
    forget();
    await connectOnce();
  };
}
