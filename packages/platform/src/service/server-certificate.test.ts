import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Logger } from '@nestjs/common';
import { testAuthority } from '@seaworthy/testing/trust';
import type { TestAuthority } from '@seaworthy/testing/trust';
import { ConfigError } from '../config/config.error.ts';
import { FileCertificate } from './server-certificate.ts';

Logger.overrideLogger(false);

describe('FileCertificate', () => {
  let dir: string;
  let authority: TestAuthority;
  let server: Server;
  let certificate: FileCertificate;
  const file = (name: string) => join(dir, name);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seaworthy-certificate-'));
    authority = await testAuthority();
    await write(await authority.issue('first.test', 'localhost'));
    server = createServer();
    certificate = new FileCertificate(file('tls.crt'), file('tls.key'), 20);
    certificate.keepFresh(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });

  afterEach(async () => {
    certificate.stop();
    server.close();
    await rm(dir, { recursive: true });
  });

  async function write({ cert, key }: { cert?: string; key?: string }): Promise<void> {
    if (cert) await writeFile(file('tls.crt'), cert);
    if (key) await writeFile(file('tls.key'), key);
  }

  /** The first name in the certificate that a new connection is shown. */
  async function shown(): Promise<string> {
    const { port } = server.address() as AddressInfo;
    return new Promise((done, failed) => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.root }, () => {
        done(socket.getPeerCertificate().subject.CN?.toString() ?? '');
        socket.destroy();
      });
      socket.once('error', failed);
    });
  }

  async function untilShown(name: string): Promise<void> {
    while ((await shown()) !== name) await new Promise((next) => setTimeout(next, 10));
  }

  it('shows what the files hold, and until when it is valid', async () => {
    expect(await shown()).toBe('first.test');
    expect(certificate.material.notAfter.getTime()).toBeGreaterThan(Date.now());
  });

  describe('when the files are renewed', () => {
    it('shows the new one to new connections', async () => {
      await write(await authority.issue('second.test', 'localhost'));
      await untilShown('second.test');
    });

    it('goes on with the old one while they do not fit', async () => {
      const { cert, key } = await authority.issue('second.test', 'localhost');
      await write({ cert });
      await new Promise((next) => setTimeout(next, 100));
      expect(await shown()).toBe('first.test');
      await write({ key });
      await untilShown('second.test');
    });
  });

  describe('when a file is not there', () => {
    it('names the variable', () => {
      expect(() => new FileCertificate(file('tls.crt'), file('nothing'))).toThrow(ConfigError);
      expect(() => new FileCertificate(file('tls.crt'), file('nothing'))).toThrow(/TLS_KEY_FILE/);
    });

    it('names it when the file holds something else', () => {
      expect(() => new FileCertificate(file('tls.key'), file('tls.key'))).toThrow(/TLS_CERT_FILE: expected a certificate/);
    });
  });
});
