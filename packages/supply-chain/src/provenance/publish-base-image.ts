import { PREDICATES } from '@seaworthy/contracts';
import { type Descriptor, OciLayout, type RegistryClient } from '@seaworthy/oci';

import { attachBundle } from '../attest/bundle-store.ts';
import type { TestResult } from '../attest/predicates.ts';
import { signStatement } from '../attest/sign-statement.ts';
import type { SigningKey } from '../attest/signing-key.ts';
import { createSbom } from '../sbom/create-sbom.ts';
import type { ScanResult } from '../scan/osv.ts';
import { vulnerabilitiesPredicate } from '../scan/vulnerabilities-predicate.ts';
import { type BaseImageBuild, baseImageProvenance, type BaseImageRun } from './base-image-provenance.ts';

export interface BaseImagePublication {
  registry: RegistryClient;
  key: SigningKey;
  /** the layout that the assembler wrote */
  layoutDir: string;
  build: BaseImageBuild;
  run: BaseImageRun;
  scans: readonly ScanResult[];
  /** what `verifyContract` of @seaworthy/images found wrong; empty: the contract holds */
  contractViolations: readonly string[];
  tag: string;
}

/** Pushes a base image to staging/<name>:<tag>, by digest, with its four kinds of evidence attached, signed by the image builder. */
export async function publishBaseImage({
  registry,
  key,
  layoutDir,
  build,
  run,
  scans,
  contractViolations,
  tag,
}: BaseImagePublication): Promise<Descriptor> {
  const repository = `staging/${build.name}`;
  const image = await registry.pushLayout(await OciLayout.open(layoutDir), repository, tag);
  const subject = [{ name: repository, digest: image.digest }];
  const predicates: [string, unknown][] = [
    [PREDICATES.provenance, baseImageProvenance(build, run)],
    [PREDICATES.sbom, createSbom({ image: build.name, digest: image.digest, os: build.packages, npm: build.npm })],
    [PREDICATES.testResult, contractResult(build, run, contractViolations)],
    [PREDICATES.vulnerabilities, vulnerabilitiesPredicate({ scans, startedOn: run.startedOn, finishedOn: run.finishedOn })],
  ];
  // together: the registry's list of referrers is written once
  await Promise.all(
    predicates.map(async ([predicateType, predicate]) =>
      attachBundle(registry, repository, image, signStatement({ subject, predicateType, predicate, key })),
    ),
  );
  return image;
}

/** in-toto predicate Test Result v0.1. */
function contractResult({ name }: BaseImageBuild, { commit, finishedOn }: BaseImageRun, violations: readonly string[]): TestResult {
  const contract = `contract of ${name}`;
  return {
    result: violations.length === 0 ? 'PASSED' : 'FAILED',
    configuration: [{ uri: `infra/images/${name}`, digest: { gitCommit: commit } }],
    passedTests: violations.length === 0 ? [contract] : [],
    failedTests: violations.map((violation) => `${contract}: ${violation}`),
    finishedOn: finishedOn.toISOString(),
  };
}
