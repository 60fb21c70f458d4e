import { BUILDERS } from '@seaworthy/contracts';
import type { Digest } from '@seaworthy/oci';
import { hexOf } from '@seaworthy/oci';

import type { Provenance } from '../attest/predicates.ts';
import { debianPurl, npmPurl } from '../sbom/package-url.ts';
import type { NpmPackage, OsPackage } from '../sbom/packages.ts';
import { baseImageDependency } from './base-image-dependency.ts';

export const BASE_IMAGE_BUILD_TYPE = 'https://pipeline.seaworthy.internal/build-types/base-image/v1';

/** What the assembler says about an image that it built; `BuiltImage` of @seaworthy/images is one. */
export interface BaseImageBuild {
  name: string;
  arch: string;
  manifestDigest: Digest;
  /** with the sha256 of each .deb, in hexadecimal */
  packages: readonly (OsPackage & { sha256: string })[];
  npm: readonly NpmPackage[];
  /** signed indexes of the archive that the lock was made from */
  indexes: readonly { suite: string; date: string; sha256: string }[];
  /** `local`: a locked package had left the archive, and this machine resolved anew */
  lockSource: 'repository' | 'local';
  parent?: { name: string; manifestDigest: Digest };
}

export interface BaseImageRun {
  /** full object name of the commit whose infra/images was built */
  commit: string;
  startedOn: Date;
  finishedOn: Date;
  invocationId: string;
}

/** SLSA v1 provenance of a base image: every package by its sha256, every index that vouched for it, and whose lock it was. */
export function baseImageProvenance(build: BaseImageBuild, run: BaseImageRun): Provenance {
  return {
    buildDefinition: {
      buildType: BASE_IMAGE_BUILD_TYPE,
      externalParameters: { image: build.name, architecture: build.arch, commit: run.commit, lockSource: build.lockSource },
      resolvedDependencies: [
        { uri: `infra/images/${build.name}`, digest: { gitCommit: run.commit } },
        ...build.indexes.map(({ suite, date, sha256 }) => ({
          name: `InRelease of ${suite}`,
          uri: `dists/${suite}/InRelease`,
          digest: { sha256 },
          annotations: { date },
        })),
        ...build.packages.map((found) => ({ uri: debianPurl(found), digest: { sha256: found.sha256 } })),
        ...build.npm.flatMap((found) => (found.integrity ? [{ uri: npmPurl(found), digest: { sha512: sha512Of(found.integrity) } }] : [])),
        ...(build.parent ? [baseImageDependency(build.parent.name, hexOf(build.parent.manifestDigest))] : []),
      ],
    },
    runDetails: {
      builder: { id: BUILDERS.imageBuilder },
      metadata: { invocationId: run.invocationId, startedOn: run.startedOn.toISOString(), finishedOn: run.finishedOn.toISOString() },
    },
  };
}

function sha512Of(integrity: string): string {
  return Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
}
