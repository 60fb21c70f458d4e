import { BUILDERS } from '@seaworthy/contracts';
import type { Descriptor, Digest } from '@seaworthy/oci';
import { hexOf } from '@seaworthy/oci';

import type { Provenance } from '../attest/predicates.ts';
import { baseImageDependency } from './base-image-dependency.ts';
import { sourceMapsByproduct } from './source-maps.ts';

export const SERVICE_BUILD_TYPE = 'https://pipeline.seaworthy.internal/build-types/service/v1';

export interface ServiceBuild {
  service: string;
  /** where the commit lies, without credentials */
  repositoryUri: string;
  /** full object name */
  commit: string;
  /** base image by name and manifest digest */
  parent: { name: string; digest: Digest };
  /** sha256 of the commit's package-lock.json, in hexadecimal */
  lockSha256: string;
  /** where the change comes from: author, signature, who asked for the run, what is protected and was touched */
  source?: object;
  /** what leads from places in the bundles to the sources; it lies beside the image */
  sourceMaps?: Pick<Descriptor, 'digest' | 'size'>;
  /** the pipeline's run */
  invocationId: string;
  startedOn: Date;
  finishedOn: Date;
}

/** SLSA v1 provenance of a service image. What is external (the commit) is told apart from what follows from it. */
export function serviceProvenance(build: ServiceBuild): Provenance {
  return {
    buildDefinition: {
      buildType: SERVICE_BUILD_TYPE,
      externalParameters: { repository: build.repositoryUri, commit: build.commit, service: build.service },
      ...(build.source === undefined ? {} : { internalParameters: { source: build.source } }),
      resolvedDependencies: [
        { uri: `git+${build.repositoryUri}@${build.commit}`, digest: { gitCommit: build.commit } },
        {
          uri: `git+${build.repositoryUri}@${build.commit}#package-lock.json`,
          name: 'package-lock.json',
          digest: { sha256: build.lockSha256 },
        },
        { ...baseImageDependency(build.parent.name, hexOf(build.parent.digest)) },
      ],
    },
    runDetails: {
      builder: { id: BUILDERS.pipeline },
      metadata: { invocationId: build.invocationId, startedOn: build.startedOn.toISOString(), finishedOn: build.finishedOn.toISOString() },
      ...(build.sourceMaps === undefined ? {} : { byproducts: [sourceMapsByproduct(build.service, build.sourceMaps)] }),
    },
  };
}
