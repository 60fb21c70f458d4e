import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { PlayedInternet } from '@seaworthy/drills';
import type Docker from 'dockerode';
import { unframe } from '../engine/run-once.ts';
import { onInterrupt } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';

/** A name that nobody can own (RFC 6761, section 6.2). */
const NAME = 'internet.seaworthy.test';
const PORT = 8080;
const VISIT = 'somebody came';
const LISTENING = 'listening';
const PROGRAM = `require('node:http').createServer((_, answer) => { console.log('${VISIT}'); answer.end('internet'); }).listen(${PORT}, () => console.log('${LISTENING}'))`;
const PATIENCE_MS = 30_000;

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
  const remove = async (): Promise<void> => {
    host.close();
    await container.remove({ force: true });
  };
  const forget = onInterrupt(remove);
  const stop = async (): Promise<void> => {
    forget();
    await remove();
  };
  try {
    await container.start();
    await listening(container);
    const { IPAddress: address = '', Gateway: gateway = '' } = (await container.inspect()).NetworkSettings.Networks[networkName] ?? {};
    if (address === '' || gateway === '')
      throw new Error(`expected an address and a gateway on ${networkName}, found '${address}' and '${gateway}'`);
    await new Promise<void>((resolve, reject) => host.once('error', reject).listen(0, gateway, resolve));
    const bound = host.address();
    if (typeof bound !== 'object' || bound === null) throw new Error(`expected a port at ${gateway}, found none`);
    const gatewayPort = bound.port;
    const visits = async (): Promise<number> =>
      hostVisits + unframe(await container.logs({ stdout: true, stderr: true })).split(VISIT).length - 1;
    return { name: NAME, address, gateway, port: PORT, gatewayPort, visits, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @throws Error when it does not come to that: whoever dialled it then would find that nobody is there, and call that a wall */
async function listening(container: Docker.Container): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(100)) {
    const output = unframe(await container.logs({ stdout: true, stderr: true }));
    if (output.includes(LISTENING)) return;
    if (Date.now() > until) throw new Error(`expected what plays the internet to listen within ${PATIENCE_MS / 1000} s, found: ${output}`);
  }
}
