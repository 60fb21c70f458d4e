import { digestOf, isImageManifest, MEDIA_TYPES, parseDigest, parseImageConfig, parseManifest } from '@seaworthy/oci';
import type { Descriptor, Digest, ImageManifest } from '@seaworthy/oci';
import { z } from 'zod';
import type { TarEntry } from '../jobs/tar.rules.ts';
import type { ParentImage } from './parent.images.ts';
import { PublishError } from './publish.error.ts';

/** An image that the build job put out, after the control plane has looked at it: it is this parent and one layer, and no more. */
export interface BuiltImage {
  readonly name: string;
  readonly parent: ParentImage;
  readonly manifest: Buffer;
  readonly digest: Digest;
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Buffer };
  readonly layer: { readonly descriptor: Descriptor; readonly bytes: Buffer };
}

const Index = z.object({ manifests: z.array(z.object({ digest: z.string() })).length(1) });

/** @param files what the build job left below images/<name>. @throws PublishError IMAGE_MISMATCH */
export function readBuiltImage(name: string, parent: ParentImage, files: ReadonlyMap<string, TarEntry>): BuiltImage {
  const mismatch = (found: string): PublishError =>
    new PublishError({
      code: 'IMAGE_MISMATCH',
      message: `expected ${name} to be one layer on ${parent.name}@${parent.digest}, found ${found}`,
    });
  const blob = (digest: string): Buffer => {
    const bytes = files.get(`blobs/sha256/${parseDigest(digest).slice('sha256:'.length)}`)?.content;
    if (!bytes || digestOf(bytes) !== digest) throw mismatch(`no blob that is ${digest}`);
    return bytes;
  };
  const [entry] = Index.parse(JSON.parse(files.get('index.json')?.content.toString('utf8') ?? '{}')).manifests;
  const digest = parseDigest(entry?.digest ?? '');
  const bytes = blob(digest);
  const manifest = parseManifest(bytes, MEDIA_TYPES.imageManifest);
  if (!isImageManifest(manifest)) throw mismatch('an index');
  const own = ownLayer(manifest, parent);
  if (!own) throw mismatch('other layers');
  const config = blob(manifest.config.digest);
  const base = parseImageConfig(parent.config);
  const { rootfs, config: settings, architecture, os } = parseImageConfig(config);
  if (architecture !== base.architecture || os !== base.os) throw mismatch('another platform');
  if (rootfs.diff_ids.length !== base.rootfs.diff_ids.length + 1 || base.rootfs.diff_ids.some((id, at) => rootfs.diff_ids[at] !== id))
    throw mismatch('other layers in its configuration');
  if (settings?.User !== '65532:65532') throw mismatch(`the user ${settings?.User ?? 'root'}`);
  return {
    name,
    parent,
    manifest: bytes,
    digest,
    config: { descriptor: manifest.config, bytes: config },
    layer: { descriptor: own, bytes: blob(own.digest) },
  };
}

function ownLayer({ layers }: ImageManifest, { manifest }: ParentImage): Descriptor | undefined {
  const base = manifest.json.layers;
  const same = base.every((layer, at) => layers[at]?.digest === layer.digest && layers[at].size === layer.size);
  return same && layers.length === base.length + 1 ? layers.at(-1) : undefined;
}
