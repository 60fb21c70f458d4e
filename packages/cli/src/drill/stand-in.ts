import type { StandIn } from '@seaworthy/drills';
import type Docker from 'dockerode';
import { helperLabels } from '../engine/helper-containers.ts';
import { unframe } from '../engine/run-once.ts';
import { onInterrupt } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';

export interface StandInProgram {
  readonly image: string;
  /** an ES module */
  readonly program: string;
  readonly network: string;
  readonly alias: string;
}

/** Runs a program of a drill on a network of the copy, under a name there, and nothing else of the platform's. */
export async function standIn(docker: Docker, instance: Instance, { image, program, network, alias }: StandInProgram): Promise<StandIn> {
  const name = `${instance.project}_${network}`;
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program],
    User: '65532:65532',
    Labels: helperLabels(instance),
    HostConfig: { NetworkMode: name, ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], Dns: ['127.0.0.1'] },
    NetworkingConfig: { EndpointsConfig: { [name]: { Aliases: [alias] } } },
  });
  const remove = async (): Promise<void> => container.remove({ force: true });
  const forget = onInterrupt(remove);
  const stop = async (): Promise<void> => {
    forget();
    await remove();
  };
  try {
    await container.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { output: async () => unframe(await container.logs({ stdout: true, stderr: true })), stop };
}
