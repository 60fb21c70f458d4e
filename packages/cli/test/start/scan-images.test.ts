import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImageError } from '@seaworthy/images';
import { vulnerabilitiesPredicate } from '@seaworthy/supply-chain';
import { scanImages } from '../../src/start/scan-images.ts';

const debian = (name: string, version: string, source = name) => ({ name, version, source, arch: 'amd64', path: '', sha256: '' });
const images = [
  { name: 'node', arch: 'amd64' as const, packages: [debian('libc6', '2.41-12', 'glibc')], npm: [] },
  {
    name: 'toolbox',
    arch: 'amd64' as const,
    packages: [debian('git', '1:2.47.3-0', 'git')],
    npm: [{ name: 'npm', version: '11.19.1', integrity: 'sha512-x' }],
  },
];
const MIRROR = 'http://user:hunter2@mirror.example.org/debian-security';

describe('scanImages', () => {
  let folder: string;
  let registry: Server;
  let answers: boolean;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scan-images-'));
    registry = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.end(answers ? '{}' : '{"error":"no such API"}'));
    });
    await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
  });
  afterEach(() => {
    registry.close();
    rmSync(folder, { recursive: true });
  });

  /** Both sources answer, or neither does. */
  const scan = async (answering: boolean) => {
    answers = answering;
    const index = {
      date: new Date('2026-11-21T00:53:03Z'),
      find: (name: string) => (name === 'git' ? { ...debian(name, '1:2.47.3-0+deb13u1'), ...REST } : undefined),
    };
    const gone = new ImageError({ code: 'MIRROR_UNREACHABLE', message: `expected ${MIRROR}/dists, found no answer` });
    return scanImages(images, {
      lastAnswersFile: join(folder, 'sources.json'),
      npmRegistry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      archive: {
        security: async () => (answering ? index : Promise.reject(gone)),
        changelog: async () => 'git (1:2.47.3-0+deb13u1) trixie-security; urgency=high\n\n  * CVE-2026-1111\n',
      },
    });
  };
  const said = (scans: Awaited<ReturnType<typeof scan>>) =>
    [...scans].map(([image, results]) => [image, ...results.map(({ source, status, lastAnswer }) => [source, status, lastAnswer])]);

  it('tells each image what the sources know about it, CVE ids included', async () => {
    const scans = await scan(true);
    expect(
      [...scans].map(([image, results]) => [image, results.flatMap(({ records }) => records.map(({ upstream }) => upstream))]),
    ).toEqual([
      ['node', []],
      ['toolbox', [['CVE-2026-1111']]],
    ]);
  });

  it('says when a silent source answered last, when it is silent twice as well', async () => {
    const [, toolbox] = said(await scan(true));
    const answeredOn = expect.any(Date);
    expect(toolbox).toEqual(['toolbox', ['debian', 'answered', answeredOn], ['npm', 'answered', answeredOn]]);
    const silent = (line: typeof toolbox) => line?.map((one) => (Array.isArray(one) ? [one[0], 'unavailable', one[2]] : one));
    expect(said(await scan(false))[1]).toEqual(silent(toolbox));
    expect(said(await scan(false))[1]).toEqual(silent(toolbox));
  });

  it('says of a source that has never answered when it did: never', async () => {
    expect(said(await scan(false))).toEqual([
      ['node', ['debian', 'unavailable', undefined], ['npm', 'nothing-to-ask', undefined]],
      ['toolbox', ['debian', 'unavailable', undefined], ['npm', 'unavailable', undefined]],
    ]);
  });

  it('puts no address of a mirror into what is signed', async () => {
    const scans = [...(await scan(false)).values()].flat();
    const signed = JSON.stringify(vulnerabilitiesPredicate({ scans, startedOn: new Date(), finishedOn: new Date() }));
    expect(signed).toContain('MIRROR_UNREACHABLE');
    expect(signed).not.toMatch(/example\.org|hunter2|127\.0\.0\.1/);
  });
});

const REST = { archive: 'security' as const, size: 1, depends: '', provides: '' };
