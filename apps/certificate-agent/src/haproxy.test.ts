import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { replaceCertificate } from './haproxy.ts';

describe('replaceCertificate', () => {
  const socket = join(mkdtempSync(join(tmpdir(), 'seaworthy-haproxy-')), 'admin.sock');
  let server: Server | undefined;
  afterEach(() => void server?.close());
  const answering = async (...answers: string[]) => {
    const heard: string[] = [];
    server = createServer((connection) => {
      connection.once('data', (text) => {
        heard.push(String(text));
        connection.end(answers.shift() ?? '');
      });
    });
    await new Promise<void>((listening) => server?.listen(socket, listening));
    return heard;
  };

  it('sets and commits', async () => {
    const heard = await answering('Transaction created for certificate /e.pem!\n\n', 'Committing /e.pem.\nSuccess!\n\n');
    await replaceCertificate(socket, '/e.pem', 'KEY\nCERT\n');
    expect(heard).toEqual(['set ssl cert /e.pem <<\nKEY\nCERT\n\n\n', 'commit ssl cert /e.pem\n']);
  });

  describe('when HAProxy refuses', () => {
    it.each([
      [["Can't update a certificate which is not referenced!\n"]],
      [['Transaction created\n', 'inconsistencies between private key and certificate\n']],
    ])('says so: %j', async (answers) => {
      await answering(...answers);
      await expect(replaceCertificate(socket, '/e.pem', 'x')).rejects.toMatchObject({ code: 'HAPROXY_REFUSED' });
    });
  });

  describe('when HAProxy is not there', () => {
    it('says so', async () => expect(replaceCertificate('/nowhere.sock', '/e.pem', 'x')).rejects.toMatchObject({ code: 'HAPROXY_AWAY' }));
  });
});
