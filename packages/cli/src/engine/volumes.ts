import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { Instance } from '../instance.ts';
import { cloneLabels } from './clone-labels.ts';
import { helperLabels } from './helper-containers.ts';

/** uid and gid of every process of the platform, in every image. */
const SERVICE_USER = 65532;

/** What a volume holds: relative path → content. Files are readable by the services' user alone. */
export type VolumeFiles = Readonly<Record<string, string | Buffer>>;

/**
 * Creates the compose volume `name` where it is missing, makes the services' user its owner, and writes `files` into it.
 * Nothing runs: the files go in through the archive of a container that is created and never started, so that no secret passes
 * through an argument, an environment or a bind mount.
 */
export async function fillVolume(
  docker: Docker,
  instance: Instance,
  carrierImage: string,
  name: string,
  files: VolumeFiles,
): Promise<void> {
  const volume = `${instance.project}_${name}`;
  await docker.createVolume({ Name: volume, Labels: volumeLabels(instance, name) });
  const carrier = await docker.createContainer({
    Image: carrierImage,
    Labels: helperLabels(instance),
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: volume, Target: '/volume' }] },
  });
  try {
    await carrier.putArchive(await archiveOf(files), { path: '/' });
  } finally {
    await carrier.remove({ force: true });
  }
}

/** Compose takes a volume for its own, without a warning, when it carries these. */
function volumeLabels(instance: Instance, name: string): Record<string, string> {
  return {
    [OWNER_LABEL]: instance.project,
    'com.docker.compose.project': instance.project,
    'com.docker.compose.volume': name,
    ...cloneLabels(instance),
  };
}

async function archiveOf(files: VolumeFiles): Promise<Buffer> {
  const tar = pack();
  const owner = { uid: SERVICE_USER, gid: SERVICE_USER };
  // the directory's own entry sets the owner of the volume's root, which is root's otherwise
  tar.entry({ name: 'volume/', type: 'directory', mode: 0o700, ...owner });
  for (const [path, content] of Object.entries(files)) tar.entry({ name: `volume/${path}`, mode: 0o400, ...owner }, content);
  tar.finalize();
  return buffer(tar);
}
