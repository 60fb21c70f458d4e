import type { Descriptor } from './descriptor.ts';
import { MEDIA_TYPES } from './descriptor.ts';
import { digestOf } from './digest.ts';

/** What an artifact without a configuration names as one (OCI image-spec 1.1, manifest.md, "Guidance for an Empty Descriptor"). */
export const EMPTY_BLOB = Buffer.from('{}');
export const EMPTY_DESCRIPTOR: Descriptor = { mediaType: MEDIA_TYPES.empty, digest: digestOf(EMPTY_BLOB), size: EMPTY_BLOB.length };
