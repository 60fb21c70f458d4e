import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PemConverter, SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { createAuthority, type Authority } from './authority.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A leaf that a stolen intermediate key could sign for any name. */
async function forge(authority: Authority, type: 'dns' | 'ip', value: string) {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const signer = createPrivateKey(authority.secrets['intermediate.key']).export({ type: 'pkcs8', format: 'der' });
  const leaf = await X509CertificateGenerator.create({
    issuer: new X509Certificate(authority.secrets['intermediate.pem']).subject,
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', signer, ALGORITHM, false, ['sign']),
    signingAlgorithm: ALGORITHM,
    extensions: [new SubjectAlternativeNameExtension([{ type, value }])],
  });
  return {
    key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    cert: `${leaf.toString('pem')}\n${authority.secrets['intermediate.pem']}`,
  };
}

async function connect(authority: Authority, type: 'dns' | 'ip', name: string): Promise<string> {
  const server = createServer(await forge(authority, type, name), (_, answer) => answer.end());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve) => {
      const call = request({
        host: '127.0.0.1',
        port,
        servername: type === 'dns' ? name : '',
        ca: authority.root,
        headers: { host: name },
      });
      call.on('response', () => resolve('accepted')).on('error', (error) => resolve(error.message));
      call.end();
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('name constraints', () => {
  let dir: string;
  let authority: Authority;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-ca-'));
    authority = await createAuthority(dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  describe('when the intermediate signs for a name of the platform', () => {
    it.each([
      ['dns', 'catalog.seaworthy.internal'],
      ['dns', 'localhost'],
      ['ip', '127.0.0.1'],
    ] as const)('clients accept %s %s', async (type, name) => {
      expect(await connect(authority, type, name)).toBe('accepted');
    });
  });

  describe('when the intermediate signs for any other name', () => {
    it.each(['bank.example', 'seaworthy.internal.bank.example', 'notseaworthy.internal'])('clients refuse %s', async (name) => {
      expect(await connect(authority, 'dns', name)).toBe('permitted subtree violation');
    });
  });
});
