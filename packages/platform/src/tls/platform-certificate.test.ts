import 'reflect-metadata';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { webcrypto, X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { PlatformCertificate, renewalDate, type CertificateIssuer } from './platform-certificate.ts';
import { platformFetch } from './platform-fetch.ts';
import { TlsError } from './tls.error.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const NAMES = ['localhost', '127.0.0.1'];

describe('PlatformCertificate', () => {
  let authority: webcrypto.CryptoKeyPair;
  let root: string;
  const stops: (() => void)[] = [];
  beforeAll(async () => {
    authority = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    root = (
      await x509.X509CertificateGenerator.createSelfSigned({
        name: 'CN=root',
        keys: authority,
        signingAlgorithm: P256,
        extensions: [new x509.BasicConstraintsExtension(true)],
      })
    ).toString('pem');
  });
  afterEach(() => stops.splice(0).forEach((stop) => stop()));

  const LIFETIME_MS = 3_600_000;
  /** Signs whatever it is asked; how much of an hour's life is over is for the test to say. */
  const issuing =
    ({ age = 0, names }: { age?: number; names?: string[] } = {}): CertificateIssuer =>
    async (csr) => {
      const request = new x509.Pkcs10CertificateRequest(csr);
      const own = request.getExtension('2.5.29.17')!;
      const leaf = await x509.X509CertificateGenerator.create({
        issuer: 'CN=root',
        publicKey: request.publicKey,
        signingKey: authority.privateKey,
        signingAlgorithm: P256,
        notBefore: new Date(Math.floor(Date.now() / 1000) * 1000 - age * LIFETIME_MS),
        notAfter: new Date(Date.now() + (1 - age) * LIFETIME_MS),
        extensions: [names ? new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))) : own],
      });
      return leaf.toString('pem');
    };
  const enrol = async (issue: CertificateIssuer, patience?: number) => {
    const certificate = await PlatformCertificate.enrol({ names: NAMES, issue, ...(patience !== undefined && { patience }) });
    stops.push(() => certificate.stop());
    return certificate;
  };
  const serve = async (options: object) => {
    const server = createServer(options, (_, answer) => answer.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(
      () => void server.close(),
      () => server.closeAllConnections(),
    );
    return { server, port: (server.address() as AddressInfo).port };
  };
  const presented = async (port: number): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: root });
    await once(socket, 'secureConnect');
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };

  describe('when it is enrolled', () => {
    it('makes a key of its own for the names', async () => {
      const { material } = await enrol(issuing());
      const leaf = new X509Certificate(material.cert);
      expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
      expect(material.key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    });

    it.each([
      ['has a name less', ['localhost']],
      ['has other names', ['evil.example']],
    ])('refuses a chain that %s', async (_, names) => {
      await expect(enrol(issuing({ names }))).rejects.toMatchObject({ code: 'CHAIN_MISMATCH' });
    });
  });

  describe('when the authority is not there yet', () => {
    const after =
      (failures: number, code: 'ENROLMENT_REFUSED' | 'ENROLMENT_UNREACHABLE'): CertificateIssuer =>
      async (csr) => {
        if (failures-- > 0) throw new TlsError({ code, message: 'not now' });
        return issuing()(csr);
      };
    it('waits for it', async () => expect((await enrol(after(2, 'ENROLMENT_UNREACHABLE'))).material.cert).toContain('CERTIFICATE'));
    it('gives up when patience ends', async () =>
      expect(enrol(after(99, 'ENROLMENT_UNREACHABLE'), 100)).rejects.toMatchObject({ code: 'ENROLMENT_UNREACHABLE' }));
    it('does not insist when it is refused', async () =>
      expect(enrol(after(1, 'ENROLMENT_REFUSED'))).rejects.toMatchObject({ code: 'ENROLMENT_REFUSED' }));
  });

  describe('when two thirds of its life are over', () => {
    // due at once, and good for many minutes more, however long this machine takes
    const DUE = 0.7;
    it('renews itself, and a running server presents the new one to new connections', async () => {
      const certificate = await enrol(issuing({ age: DUE }));
      const { server, port } = await serve(certificate.serverOptions);
      certificate.keepFresh(server);
      const before = await presented(port);
      await once(certificate, 'renewed');
      expect(await presented(port)).not.toBe(before);
    });

    it('keeps the old one while it is refused, says so, and tries again', async () => {
      let refuse = false;
      const certificate = await enrol(async (csr) => (refuse ? Promise.reject(new Error('away')) : issuing({ age: DUE })(csr)));
      const { cert } = certificate.material;
      refuse = true;
      await once(certificate, 'renewal-failed');
      expect(certificate.material.cert).toBe(cert);
      refuse = false;
      await once(certificate, 'renewed');
      expect(certificate.material.cert).not.toBe(cert);
    });

    it.each([
      [0, 16 * 3_600_000],
      [1, (16 - 2.4) * 3_600_000],
    ])('spreads the moment (chance %d)', (chance, expected) => {
      const notBefore = new Date(0);
      expect(renewalDate({ notBefore, notAfter: new Date(24 * 3_600_000) }, chance)).toBeCloseTo(expected, -3);
    });
  });

  describe('when the machine sleeps until it has ended', () => {
    const HOUR = 3_600_000;
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
    afterEach(() => void jest.useRealTimers());

    it('renews itself some seconds after the machine has woken: timers stood still, the date did not', async () => {
      const certificate = await enrol(issuing());
      const renew = jest.spyOn(certificate, 'renew');
      jest.setSystemTime(Date.now() + 10 * HOUR);
      jest.advanceTimersByTime(5_000);
      expect(renew).toHaveBeenCalledTimes(1);
      await once(certificate, 'renewed');
      expect(certificate.material.notAfter.getTime()).toBeGreaterThan(Date.now());
    });
  });

  describe('whom its clients trust', () => {
    const ask = async (port: number, scheme = 'https') => platformFetch(root)(`${scheme}://localhost:${port}`);
    it('is the platform', async () => {
      const { port } = await serve((await enrol(issuing())).serverOptions);
      expect(await (await ask(port)).text()).toBe('hello');
    });

    it('is no self-signed certificate', async () => {
      const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
      const own = await x509.X509CertificateGenerator.createSelfSigned({
        name: 'CN=localhost',
        keys,
        signingAlgorithm: P256,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
      });
      const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
      const { port } = await serve({ key, cert: own.toString('pem') });
      await expect(ask(port)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    });

    it('is nobody over plain HTTP', async () => expect(ask(80, 'http')).rejects.toThrow(TypeError));
  });
});
