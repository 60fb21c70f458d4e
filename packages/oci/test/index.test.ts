import { describe, expect, it } from '@jest/globals';

import * as oci from '../src/index.ts';

describe('@seaworthy/oci', () => {
  it('offers these names, and others build on them', () => {
    expect(Object.keys(oci)).toEqual([
      'MANIFEST_SIZE_LIMIT',
      'MEDIA_TYPES',
      'OciError',
      'OciLayout',
      'RegistryClient',
      'checkReference',
      'checkRepository',
      'digestOf',
      'dockerArchive',
      'dockerArchiveOfLayout',
      'hexOf',
      'isDigest',
      'isImageManifest',
      'isOciError',
      'parseDescriptor',
      'parseDigest',
      'parseImageConfig',
      'parseManifest',
      'referrersTag',
      'verifiedStream',
    ]);
  });
});
