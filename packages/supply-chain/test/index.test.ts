import { describe, expect, it } from '@jest/globals';
import * as build from '../src/build/index.ts';
import * as supplyChain from '../src/index.ts';

describe('@seaworthy/supply-chain', () => {
  it('offers these names, and others build on them', () => {
    expect(Object.keys(supplyChain)).toEqual([
      'AdvisorySources',
      'BASE_IMAGE_BUILD_TYPE',
      'CLOCK_TOLERANCE_SECONDS',
      'SERVICE_BUILD_TYPE',
      'ScanReportError',
      'VerificationError',
      'askDistribution',
      'attachBundle',
      'attachSimpleSignature',
      'baseImageOf',
      'baseImageProvenance',
      'containersPolicy',
      'createSbom',
      'cvesFixedBetween',
      'decodeStatement',
      'fetchAdvisories',
      'generateSigningKeys',
      'hasPredicateType',
      'importGrype',
      'importTrivy',
      'importedScans',
      'isReleased',
      'isVerificationError',
      'judge',
      'keyHint',
      'loadTrust',
      'packagesOfSbom',
      'parseTrust',
      'previousAnswer',
      'promote',
      'publishBaseImage',
      'readBundles',
      'readScanReport',
      'releaseUri',
      'scanFacts',
      'scanNpm',
      'scanOs',
      'scansOf',
      'serviceProvenance',
      'signStatement',
      'signatureTag',
      'verifyBundle',
      'verifyImage',
      'verifyRelease',
      'vulnerabilitiesPredicate',
    ]);
  });
  it('offers what builds apart: it brings a native bundler, which no service may carry', () => {
    expect(Object.keys(build)).toEqual([
      'BuildError',
      'buildAllServices',
      'buildChangedService',
      'buildService',
      'buildServiceImage',
      'bundleService',
      'checkoutCommit',
      'hashCheckout',
      'loadServiceCards',
      'precompile',
      'serviceNames',
      'watchBundle',
    ]);
  });
});
