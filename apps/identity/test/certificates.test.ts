import 'reflect-metadata';
import { X509Certificate, webcrypto } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  type Extension,
} from '@peculiar/x509';
import { identityIssuer, PlatformCertificate, workloadToken } from '@seaworthy/platform';
import { AuthorityEnd } from '../src/authority/authority-end.ts';
import { CLIENT_SECRETS, startIdentity, type RunningIdentity } from './identity.fixture.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;
const RSA = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };

async function request(
  names: string[],
  { algorithm = P256, extensions = [] }: { algorithm?: object; extensions?: Extension[] } = {},
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm as typeof P256, true, ['sign', 'verify']);
  const san = names.length > 0 ? [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))] : [];
  const csr = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm as typeof P256,
    extensions: [...san, ...extensions],
  });
  return csr.toString('pem');
}

describe('the certificate authority', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity({ LEAF_LIFETIME_SECONDS: '3600' });
  });
  afterAll(() => identity.stop());

  const tokenOf = (clientId: keyof typeof CLIENT_SECRETS) =>
    workloadToken({ identityUrl: identity.url, clientId, clientSecret: CLIENT_SECRETS[clientId], fetch: identity.fetch });

  async function post(body: unknown, token?: string) {
    const answer = await identity.fetch(`${identity.url}/certificates`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, text, type: text.startsWith('{') ? (JSON.parse(text) as { type: string }).type : '' };
  }

  describe('when a workload asks for its own name', () => {
    it('gives a chain that ends soon and signs nothing', async () => {
      const issue = identityIssuer({ identityUrl: identity.url, fetch: identity.fetch, token: tokenOf('catalog') });
      const certificate = await PlatformCertificate.enrol({ names: ['catalog.seaworthy.internal'], issue });
      certificate.stop();
      const { material } = certificate;
      const [leaf, intermediate] = material.cert.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
      expect(leaf?.ca).toBe(false);
      expect(leaf?.subjectAltName).toBe('DNS:catalog.seaworthy.internal');
      expect(leaf?.verify(intermediate!.publicKey)).toBe(true);
      expect(intermediate?.verify(new X509Certificate(identity.root).publicKey)).toBe(true);
      expect(material.notAfter.getTime() - material.notBefore.getTime()).toBeLessThanOrEqual(3_660_000);
      expect(leaf?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    });

    it('presents a certificate of its own that is under the same root', async () => {
      expect((await identity.fetch(`${identity.url}/health/live`)).status).toBe(200);
    });
  });

  describe('when who asks is nobody', () => {
    it.each([
      ['no token', undefined],
      ['rubbish', 'abc.def.ghi'],
      ['an unsigned token', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    ])('answers 401 to %s', async (_, token) => {
      expect(await post({ csr: await request(['catalog.seaworthy.internal']) }, token)).toMatchObject({
        status: 401,
        type: 'urn:seaworthy:problem:unauthenticated',
      });
    });
  });

  describe('when the names are not its own', () => {
    it.each([
      ["another service's", ['edge.seaworthy.internal']],
      ['its own and another', ['catalog.seaworthy.internal', 'registry.seaworthy.internal']],
      ['a wildcard', ['*.seaworthy.internal']],
      ['a foreign name', ['bank.example']],
      ['a name below its own', ['x.catalog.seaworthy.internal']],
      ['its own in capitals', ['CATALOG.seaworthy.internal']],
      ['a name with a hidden end', ['catalog.seaworthy.internal\0.bank.example']],
    ])('refuses %s', async (_, names) => {
      expect(await post({ csr: await request(names) }, await tokenOf('catalog')())).toMatchObject({
        status: 403,
        type: 'urn:seaworthy:problem:name-denied',
      });
    });

    it('refuses a workload that listens nowhere', async () => {
      expect(await post({ csr: await request(['catalog.seaworthy.internal']) }, await tokenOf('deploy')())).toMatchObject({ status: 403 });
    });
  });

  describe('when the request is not sound', () => {
    const cases: [string, () => Promise<string>, string][] = [
      ['an RSA key', () => request(['catalog.seaworthy.internal'], { algorithm: RSA }), 'key-refused'],
      [
        'CA:TRUE',
        () => request(['catalog.seaworthy.internal'], { extensions: [new BasicConstraintsExtension(true)] }),
        'extension-refused',
      ],
      ['no name', () => request([]), 'request-malformed'],
      ['rubbish', async () => '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----', 'request-malformed'],
      ['a certificate', async () => identity.root, 'request-malformed'],
      ["a signature of another key's", async () => withForeignSignature(), 'possession-unproven'],
    ];
    it.each(cases)('refuses %s', async (_, csr, code) => {
      expect(await post({ csr: await csr() }, await tokenOf('catalog')())).toMatchObject({
        status: 422,
        type: `urn:seaworthy:problem:${code}`,
      });
    });

    it('refuses unknown members and huge bodies', async () => {
      const token = await tokenOf('catalog')();
      expect((await post({ csr: 'x', names: ['bank.example'] }, token)).status).toBe(422);
      expect((await post({ csr: 'x'.repeat(100_000) }, token)).status).toBe(413);
    });
  });
});

describe('the end of the authority', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity({ LOG_LEVEL: 'warn' });
  });
  afterAll(() => identity.stop());

  it('is said from thirty days before, once a day, with what to do, and identity stays ready', async () => {
    const watch = identity.app().get(AuthorityEnd);
    const day = (days: number) => Date.now() + days * DAY;
    const saidAfter = (now: number) => {
      watch.look(now);
      return identity.logged('authority').length;
    };
    expect([day(0), day(59), day(60.1), day(60.9), day(61.2), day(89), day(91)].map(saidAfter)).toEqual([0, 0, 1, 1, 2, 3, 4]);
    const ends = new X509Certificate(identity.intermediate).validToDate.toISOString();
    expect(identity.logged('authority')[0]).toMatchObject({ msg: expect.stringContaining('npm start'), ends });
    expect((await identity.fetch(`${identity.url}/health/ready`)).status).toBe(200);
  });
});

/** Flips a bit of the signature, which is the last thing in a request. */
async function withForeignSignature(): Promise<string> {
  const pem = await request(['catalog.seaworthy.internal']);
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
  return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
}
