import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fetchAdvisories, scanNpm } from '../../src/index.ts';

const packages = [
  { name: 'left-pad', version: '1.2.3' },
  { name: 'left-pad', version: '2.0.0' },
  { name: '@scope/right', version: '1.0.0' },
];
const advisory = {
  id: 1179,
  url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
  title: 'Pads too much',
  severity: 'moderate',
  vulnerable_versions: '<2.0.0',
  cvss: { score: 6.1, vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N' },
};
const answeredAt = new Date('2026-11-23T12:00:00Z');

describe('scanNpm', () => {
  describe('when an advisory covers one of two versions', () => {
    it('finds that one, as OSV', () => {
      const { records, status, lastAnswer } = scanNpm({
        packages,
        answer: { status: 'answered', answeredAt, body: { 'left-pad': [advisory] } },
      });
      expect({ status, lastAnswer }).toEqual({ status: 'answered', lastAnswer: answeredAt });
      expect(records).toEqual([
        expect.objectContaining({
          id: 'GHSA-aaaa-bbbb-cccc',
          affected: [{ package: { ecosystem: 'npm', name: 'left-pad', purl: 'pkg:npm/left-pad' }, versions: ['1.2.3'] }],
          database_specific: { severity: 'medium' },
        }),
      ]);
    });
  });

  describe.each([
    ['is another document', { error: 'nope' }],
    ['lacks the versions', { 'left-pad': [{ id: 1 }] }],
    ['is nothing', null],
  ])('when the answer %s', (_what, body) => {
    it('is unavailable', () => {
      expect(scanNpm({ packages, answer: { status: 'answered', answeredAt, body } })).toMatchObject({
        source: 'npm',
        status: 'unavailable',
        records: [],
      });
    });
  });

  describe('when there are no packages', () => {
    it('says that there was nothing to ask', () => {
      expect(scanNpm({ packages: [] })).toEqual({ source: 'npm', status: 'nothing-to-ask', records: [] });
    });
  });

  describe('when nobody was asked', () => {
    it('is unavailable', () => {
      expect(scanNpm({ packages })).toMatchObject({ status: 'unavailable' });
    });
  });

  describe('when the registry did not answer', () => {
    it('is unavailable with the date of the last answer', () => {
      const previousAnswer = new Date('2026-11-01T00:00:00Z');
      const scan = scanNpm({ packages, answer: { status: 'unavailable', askedAt: answeredAt, problem: 'ECONNREFUSED' }, previousAnswer });
      expect(scan).toEqual({ source: 'npm', status: 'unavailable', records: [], problem: 'ECONNREFUSED', lastAnswer: previousAnswer });
    });
  });
});

describe('fetchAdvisories', () => {
  let server: Server;
  const registry = async (status: number, body: string, seen: string[] = []) => {
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      let received = '';
      request.on('data', (chunk) => (received += String(chunk)));
      request.on('end', () => {
        seen.push(received);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('expected a port');
    return `http://127.0.0.1:${address.port}/npm`;
  };
  afterEach(() => {
    server.close();
  });

  describe('when the registry answers', () => {
    it('asks the bulk API below the configured address, each package once', async () => {
      const seen: string[] = [];
      const answer = await fetchAdvisories({ registry: await registry(200, '{"left-pad":[]}', seen), packages });
      expect(answer).toMatchObject({ status: 'answered', body: { 'left-pad': [] } });
      expect(seen).toEqual(['POST /npm/-/npm/v1/security/advisories/bulk', '{"left-pad":["1.2.3","2.0.0"],"@scope/right":["1.0.0"]}']);
    });
    it.each(['constructor', 'toString', '__proto__'])(
      'asks about a package that has the name of what every object has: %s',
      async (name) => {
        const seen: string[] = [];
        const answer = await fetchAdvisories({ registry: await registry(200, '{}', seen), packages: [{ name, version: '1.0.0' }] });
        expect([answer.status, seen.at(-1)]).toEqual(['answered', `{"${name}":["1.0.0"]}`]);
      },
    );
  });

  describe.each([
    [404, '{}'],
    [500, '{}'],
    [200, 'not JSON'],
  ])('when it answers %i with %s', (status, body) => {
    it('is unavailable, and does not throw', async () => {
      expect(await fetchAdvisories({ registry: await registry(status, body), packages })).toMatchObject({ status: 'unavailable' });
    });
  });

  describe('when nobody listens', () => {
    it('is unavailable, and names no address', async () => {
      const address = await registry(200, '{}');
      await new Promise((resolve) => server.close(resolve));
      const answer = await fetchAdvisories({ registry: address, packages });
      expect(answer).toMatchObject({ status: 'unavailable', problem: expect.not.stringContaining('127.0.0.1') });
    });
  });
});
