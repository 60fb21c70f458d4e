import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESIRED_FILE } from '@seaworthy/contracts';
import { findMirrors } from '@seaworthy/images';
import { egressRules } from '../egress.ts';
import { userNetwork } from '../host/user-network.ts';
import type { Instance } from '../instance.ts';
import type { OperatorFiles } from './provision.ts';

const KEYRINGS = '/usr/share/keyrings';

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
): Promise<Omit<OperatorFiles, 'trust'>> {
  const network = userNetwork();
  const mirrors = await findMirrors();
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
      'debian-archive-keyring.gpg': archiveKeys(),
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

/** Debian's own keys, as the machine's package debian-archive-keyring has them; binary OpenPGP keyrings can be concatenated. */
function archiveKeys(): Buffer {
  const named = process.env['SEAWORTHY_DEBIAN_KEYRING'];
  if (named) return readFileSync(named);
  const files = readdirSync(KEYRINGS).filter((name) => /^debian-archive-.*\.gpg$/.test(name) && !name.includes('removed'));
  return Buffer.concat(files.map((name) => readFileSync(join(KEYRINGS, name))));
}
