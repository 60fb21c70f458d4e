import { createServer } from 'node:http';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { PlayedInternet } from '@seaworthy/drills';
import type Docker from 'dockerode';
import { unframe } from '../engine/run-once.ts';
import type { Instance } from '../instance.ts';

/** A name that nobody can own (RFC 6761, section 6.2). */
const NAME = 'internet.seaworthy.test';
const PORT = 8080;
const VISIT = 'somebody came';
const PROGRAM = `require('node:http').createServer((_, answer) => { console.log('${VISIT}'); answer.end('internet'); }).listen(${PORT}, () => console.log('listening'))`;

/**
 * Plays the internet for attacks that dial out: a container on the one network of the copy that has a way out, and a listener of this
 * process at that network's gateway. Nothing outside this machine is dialled, whether the control is there or gone.
 */
export async function playInternet(docker: Docker, instance: Instance, nodeImage: string): Promise<PlayedInternet> {
  const networkName = `${instance.project}_egress`;
  const container = await docker.createContainer({
    Image: nodeImage,
    Entrypoint: ['/usr/bin/node', '--eval', PROGRAM],
    User: '65532:65532',
    Labels: { [OWNER_LABEL]: instance.project },
    HostConfig: { NetworkMode: networkName, ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] },
    NetworkingConfig: { EndpointsConfig: { [networkName]: { Aliases: [NAME] } } },
  });
  let hostVisits = 0;
  const host = createServer((_request, answer) => {
    hostVisits += 1;
    answer.end('host');
  });
  const stop = async (): Promise<void> => {
    host.close();
    await container.remove({ force: true });
  };
  try {
    await container.start();
    const { IPAddress: address, Gateway: gateway } = (await container.inspect()).NetworkSettings.Networks[networkName] ?? {
      IPAddress: '',
      Gateway: '',
    };
    await new Promise<void>((resolve, reject) => host.once('error', reject).listen(0, gateway, resolve));
    const bound = host.address();
    const gatewayPort = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const visits = async (): Promise<number> =>
      hostVisits + unframe(await container.logs({ stdout: true, stderr: true })).split(VISIT).length - 1;
    return { name: NAME, address, gateway, port: PORT, gatewayPort, visits, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
