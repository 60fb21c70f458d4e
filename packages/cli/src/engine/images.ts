import type Docker from 'dockerode';
import type { OwnImages } from '@seaworthy/images';
import { dockerArchive, OciLayout } from '@seaworthy/oci';
import type { ImageConfig } from '@seaworthy/oci';
import { UserError } from '../errors.ts';

/** An image as the engine holds it, compared with the layout that it came from. */
export interface LoadedImage {
  /** what containers are started from; the configuration's digest, or another id where the engine uses containerd's store */
  readonly id: string;
}

/**
 * Brings an image of a layout (the only one, without `reference`) into the engine, where it is missing, and compares what the engine then
 * holds with the layout: the same layers in the same order, and the same configuration.
 */
export async function loadLayout(docker: Docker, own: OwnImages, layoutDir: string, reference?: string): Promise<LoadedImage> {
  const layout = await OciLayout.open(layoutDir);
  const { json: manifest } = await layout.manifest(reference);
  const { bytes, json: config } = await layout.config(reference);
  const present = await presentImage(docker, manifest.config.digest, config);
  if (present !== undefined) return present;
  const layers = manifest.layers.map((descriptor) => ({ descriptor, stream: () => layout.blobStream(descriptor) }));
  own.add(manifest.config.digest);
  const answer = await docker.loadImage(dockerArchive({ config: bytes, layers }), { quiet: true });
  const id = loadedId(await lines(answer), layoutDir);
  if (id !== manifest.config.digest) own.add(id);
  await compare(docker, id, config);
  return { id };
}

/** The image that the engine has under the digest of its configuration already, compared with that configuration. */
export async function presentImage(docker: Docker, configDigest: string, config: ImageConfig): Promise<LoadedImage | undefined> {
  const found = await docker
    .getImage(configDigest)
    .inspect()
    .catch(() => undefined);
  if (found === undefined) return undefined;
  await compare(docker, found.Id, config);
  return { id: found.Id };
}

/** The engine answers with JSON lines, one of which names the id: `Loaded image ID: sha256:…`. */
function loadedId(answer: string, layoutDir: string): string {
  const id = /Loaded image ID: (sha256:[0-9a-f]{64})/.exec(answer)?.[1];
  if (id !== undefined) return id;
  throw new UserError({
    code: 'FAILED',
    message: `The engine did not load the image of ${layoutDir}`,
    expected: 'an answer that names the id of the loaded image',
    found: answer.trim().slice(-400) || 'an empty answer',
    remedy: 'look at the free space of the engine (docker system df), then start again',
  });
}

async function lines(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function compare(docker: Docker, id: string, expected: ImageConfig): Promise<void> {
  const { RootFS, Os, Architecture, Config } = await docker.getImage(id).inspect();
  const [wanted, found] = [{ ...expected.config }, { ...Config }] as Record<string, unknown>[];
  const settings = [...new Set([...Object.keys(wanted ?? {}), ...Object.keys(found ?? {})])].toSorted();
  const differences = [
    difference('layers', expected.rootfs.diff_ids, RootFS.Layers),
    difference('os', expected.os, Os),
    difference('architecture', expected.architecture, Architecture),
    ...settings.map((name) => difference(name, wanted?.[name], found?.[name])),
  ].filter((line) => line !== undefined);
  if (differences.length === 0) return;
  throw new UserError({
    code: 'VERIFICATION_FAILED',
    message: `The engine's image ${id} is not the one that was verified`,
    expected: 'the same layers, and the same configuration in every field',
    found: differences.join('; '),
    remedy: `remove it (docker image rm ${id}) and start again`,
  });
}

function difference(what: string, expected: unknown, found: unknown): string | undefined {
  const [one, other] = [canonical(expected), canonical(found)];
  return one === other ? undefined : `${what}: ${other} instead of ${one}`;
}

/** Maps in the order of their keys. An engine tells some of what an image does not set as false or as empty, each version other fields. */
function canonical(value: unknown): string {
  const text = JSON.stringify(value ?? null, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a.localeCompare(b)))
      : part,
  );
  return ['null', 'false', '""', '[]', '{}'].includes(text) ? 'nothing' : text;
}
