import 'reflect-metadata';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Pkcs10CertificateRequest, type SubjectAlternativeNameExtension } from '@peculiar/x509';
import { createCertificateRequest } from './certificate-request.ts';

const LONG = Array.from({ length: 40 }, (_, index) => `replica-${index}.catalog.seaworthy.internal`);

describe('createCertificateRequest', () => {
  describe.each([
    ['one name', ['catalog.seaworthy.internal']],
    ['names and an address', ['localhost', '127.0.0.1']],
    ['so many that lengths take several bytes', LONG],
  ])('for %s', (_, names) => {
    it('is read by another library, with these names and nothing else', async () => {
      const request = new Pkcs10CertificateRequest((await createCertificateRequest(names)).csr);
      expect(request.subject).toBe('');
      expect(request.extensions.map(({ type }) => type)).toEqual(['2.5.29.17']);
      const { items } = (request.extensions[0] as SubjectAlternativeNameExtension).names;
      expect(items.map(({ type, value }) => [type, value])).toEqual(names.map((name) => [/^[\d.]+$/.test(name) ? 'ip' : 'dns', name]));
    });
    it('proves the possession of its key', async () => {
      const { csr, key } = await createCertificateRequest(names);
      const request = new Pkcs10CertificateRequest(csr);
      expect(await request.verify()).toBe(true);
      const own = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
      expect(Buffer.from(request.publicKey.rawData)).toEqual(own);
    });
  });

  it('makes another key each time', async () => {
    const [one, other] = await Promise.all([createCertificateRequest(['a']), createCertificateRequest(['a'])]);
    expect(one.key).not.toBe(other.key);
  });

  it.each(['', 'caf\u00e9.internal', '\u0161ip.internal', 'a b', 'a\0b'])('refuses %j, which is no name in ASCII', async (name) => {
    await expect(createCertificateRequest([name])).rejects.toThrow('in ASCII');
  });
});
