import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';

import { PREDICATES } from '@seaworthy/contracts';
import { digestOf } from '@seaworthy/oci';
import { describe, expect, it } from '@jest/globals';

import { decodeStatement, generateSigningKeys, parseTrust, signStatement, verifyBundle } from '../../src/index.ts';

const DIGEST = digestOf('an image');
const CONTENT = {
  subject: [{ name: 'release/catalog', digest: DIGEST }],
  predicateType: PREDICATES.testResult,
  predicate: { result: 'PASSED', configuration: [] },
};

describe('signStatement', () => {
  const keys = generateSigningKeys();
  const bundle = signStatement({ ...CONTENT, key: keys.privateKey });

  describe('when the key is ECDSA on P-256', () => {
    it('makes a Sigstore bundle v0.3 without log entries, whose hint names the key', () => {
      expect(bundle).toMatchObject({
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: { publicKey: { hint: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) } },
        dsseEnvelope: { payloadType: 'application/vnd.in-toto+json' },
      });
      expect(bundle.verificationMaterial.tlogEntries ?? []).toEqual([]);
    });

    it('signs the DSSE pre-authentication encoding of the payload', () => {
      const { payload, signatures } = bundle.dsseEnvelope!;
      const body = Buffer.from(payload, 'base64');
      const encoded = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${body.length} `), body]);
      expect(verify('sha256', encoded, createPublicKey(keys.publicKey), Buffer.from(signatures[0]!.sig, 'base64'))).toBe(true);
      expect(decodeStatement(bundle)).toMatchObject({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: DIGEST.slice(7) } }],
      });
    });
  });

  describe('when the key is of another kind', () => {
    it.each([
      ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['Ed25519', generateKeyPairSync('ed25519')],
      ['ECDSA on P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ])('refuses %s, to sign and to verify', (_kind, { privateKey, publicKey }) => {
      expect(() => signStatement({ ...CONTENT, key: privateKey })).toThrow(TypeError);
      const trust = { signers: { pipeline: publicKey.export({ type: 'spki', format: 'pem' }).toString() } };
      expect(() => verifyBundle(bundle, { trust, signers: ['pipeline'], subject: DIGEST })).toThrow(TypeError);
    });
  });

  describe('when the predicate is not what its type promises', () => {
    it.each([
      [PREDICATES.testResult, { result: 'FINE', configuration: [] }, 'result'],
      [PREDICATES.provenance, { buildDefinition: { buildType: 'x', externalParameters: {} }, runDetails: {} }, 'runDetails.builder'],
      [PREDICATES.sbom, { bomFormat: 'SPDX', specVersion: '1.6' }, 'bomFormat'],
      [
        PREDICATES.vulnerabilities,
        { scanner: { uri: 'x' }, metadata: { scanStartedOn: 'yesterday', scanFinishedOn: 'today' } },
        'scanner.result',
      ],
      [
        PREDICATES.verificationSummary,
        {
          verifier: { id: 'x' },
          timeVerified: '2026-11-23T12:00:00Z',
          resourceUri: 'x',
          policy: {},
          verificationResult: 'PASSED',
          verifiedLevels: [],
        },
        'policy.digest',
      ],
    ])('refuses %s and names the field', (predicateType, predicate, field) => {
      expect(() => signStatement({ ...CONTENT, predicateType, predicate, key: keys.privateKey })).toThrow(
        expect.objectContaining({ code: 'PREDICATE_MALFORMED', message: expect.stringContaining(field) }),
      );
    });
  });

  describe('when it is about nothing', () => {
    it('refuses', () => {
      expect(() => signStatement({ ...CONTENT, subject: [], key: keys.privateKey })).toThrow(
        expect.objectContaining({ code: 'PREDICATE_MALFORMED' }),
      );
    });
  });
});

describe('parseTrust', () => {
  const { publicKey, privateKey } = generateSigningKeys();

  it('takes one key or several for a signer', () => {
    expect(parseTrust({ signers: { gatekeeper: publicKey, pipeline: [publicKey] } })).toEqual({
      signers: { gatekeeper: publicKey, pipeline: [publicKey] },
    });
  });

  it.each([
    [{ signers: { somebody: publicKey } }, 'signers'],
    [{ signers: { gatekeeper: privateKey } }, 'signers.gatekeeper'],
    [{}, 'signers'],
  ])('refuses what is no list of public keys, naming the place and never the content', (value, place) => {
    expect(() => parseTrust(value)).toThrow(place);
    expect(() => parseTrust(value)).not.toThrow(/BEGIN PRIVATE/);
  });
});
