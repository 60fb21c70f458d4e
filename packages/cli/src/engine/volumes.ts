import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { Instance } from '../instance.ts';
import { cloneLabels, ROOT_LABEL } from './clone-labels.ts';
import { helperLabels } from './helper-containers.ts';

/** uid and gid of every process of the platform, in every image. */
const SERVICE_USER = 65532;
/** Where the container that is never started has them. */
const FOLDER = 'volumes';

/** What a volume holds: relative path → content. Files are readable by the services' user alone. */
export type VolumeFiles = Readonly<Record<string, string | Buffer>>;

/**
 * Creates compose volumes, by name, where they are missing, makes the services' user their owner, and writes their files into them.
 * Nothing runs: the files go in through the archive of a container that is created and never started, so that no secret passes
 * through an argument, an environment or a bind mount. One container for all of them: each costs the engine as much as all the files.
 */
export async function fillVolumes(
  docker: Docker,
  instance: Instance,
  carrierImage: string,
  volumes: Readonly<Record<string, VolumeFiles>>,
): Promise<void> {
  await put(docker, instance, carrierImage, Object.keys(volumes), await archiveOf(volumes));
}

/**
 * Writes one file of a volume whole or not at all: what is cut off, as by a full disk, leaves the one that was there. The engine writes in
 * place, and an archive cannot rename: so it brings the content under another name, and then the file as a link to that.
 */
export async function replaceFile(
  docker: Docker,
  instance: Instance,
  carrierImage: string,
  { volume, path, content }: { readonly volume: string; readonly path: string; readonly content: string },
): Promise<void> {
  const next = `${path}.next`;
  await put(docker, instance, carrierImage, [volume], await archiveOf({ [volume]: { [next]: content } }, { [path]: next }));
}

async function put(docker: Docker, instance: Instance, carrierImage: string, volumes: readonly string[], archive: Buffer): Promise<void> {
  const mounts = volumes.map((name) => ({ name, Source: `${instance.project}_${name}`, Target: `/${FOLDER}/${name}` }));
  await Promise.all(mounts.map(async ({ name, Source }) => docker.createVolume({ Name: Source, Labels: volumeLabels(instance, name) })));
  const carrier = await docker.createContainer({
    Image: carrierImage,
    Labels: helperLabels(instance),
    HostConfig: { NetworkMode: 'none', Mounts: mounts.map(({ Source, Target }) => ({ Type: 'volume', Source, Target })) },
  });
  try {
    await carrier.putArchive(archive, { path: '/' });
  } finally {
    await carrier.remove({ force: true });
  }
}

/**
 * A volume keeps the label of where its clone lay when it was made. One that was moved since leaves an empty volume that says where it lies
 * now: to another clone, which finds nothing at the old place, its data would be nobody's.
 */
export async function sayWhereCloneIs(docker: Docker, instance: Instance): Promise<void> {
  const filters = { label: [`${OWNER_LABEL}=${instance.project}`] };
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  if (volumes.some(({ Labels }) => Labels?.[ROOT_LABEL] === instance.root)) return;
  const name = `clone-at-${createHash('sha256').update(instance.root).digest('hex').slice(0, 12)}`;
  await docker.createVolume({ Name: `${instance.project}_${name}`, Labels: volumeLabels(instance, name) });
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

/** `links`: in each volume, path → path of the file whose content it shall have. */
async function archiveOf(volumes: Readonly<Record<string, VolumeFiles>>, links: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const tar = pack();
  const owner = { uid: SERVICE_USER, gid: SERVICE_USER };
  for (const [name, files] of Object.entries(volumes)) {
    // the directory's own entry sets the owner of the volume's root, which is root's otherwise
    tar.entry({ name: `${FOLDER}/${name}/`, type: 'directory', mode: 0o700, ...owner });
    for (const [path, content] of Object.entries(files)) tar.entry({ name: `${FOLDER}/${name}/${path}`, mode: 0o400, ...owner }, content);
    for (const [path, target] of Object.entries(links))
      tar.entry({ name: `${FOLDER}/${name}/${path}`, type: 'link', linkname: `${FOLDER}/${name}/${target}`, mode: 0o400, ...owner });
  }
  tar.finalize();
  return buffer(tar);
}
