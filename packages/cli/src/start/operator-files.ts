import { readFileSync } from 'node:fs';
import { DESIRED_FILE } from '@seaworthy/contracts';
import { archiveKeyring, findMirrors } from '@seaworthy/images';
import { egressRules } from '../egress.ts';
import { userNetwork } from '../host/user-network.ts';
import type { Instance } from '../instance.ts';
import type { OperatorFiles } from './provision.ts';

/** Images that jobs run in: the toolbox, and what candidates are exercised on. */
export interface JobImages {
  readonly toolbox: string;
  /** ids of the base images of services and of their stores, by name */
  readonly bases: Readonly<Record<string, string>>;
}

/** What the platform has to know of this machine and of the user's network. It goes into volumes, never into an image or the repository. */
export async function operatorFiles(
  instance: Instance,
  { toolbox: toolboxImage, bases }: JobImages,
  jobsNetwork = 'jobs-egress',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Omit<OperatorFiles, 'trust'>> {
  const network = userNetwork(env);
  const mirrors = await findMirrors({ env });
  const egressNetwork = `${instance.project}_${jobsNetwork}`;
  return {
    engineFilter: {
      'engine-filter.json': JSON.stringify({
        clients: [
          {
            name: 'pipeline',
            socket: '/run/engine/pipeline.sock',
            images: [toolboxImage, ...Object.values(bases)],
            networks: [egressNetwork],
          },
        ],
      }),
      // a file of its own: the filter of an earlier commit, which runs until this one is judged, knows nothing of it
      'fleet.json': JSON.stringify({ socket: '/run/engine-fleet/fleet.sock', desiredFile: DESIRED_FILE }),
    },
    pipeline: {
      'pipeline.json': JSON.stringify({
        toolboxImage,
        egressNetwork,
        egressProxy: 'http://egress.seaworthy.internal:3128',
        npmRegistry: network.npmRegistry,
        debianMirror: mirrors.debian,
        securityMirror: mirrors.security,
      }),
      'exercise.json': JSON.stringify({ images: bases }),
      ...(network.caFile === undefined ? {} : { 'ca.pem': readFileSync(network.caFile) }),
      'debian-archive-keyring.gpg': await archiveKeyring({ env }),
    },
    egress: {
      'allow.conf': egressRules({
        npmRegistry: network.npmRegistry,
        debianMirrors: [mirrors.debian, mirrors.security],
        upstreamProxy: network.httpsProxy ?? network.httpProxy,
        noProxy: network.noProxy,
      }),
    },
  };
}
