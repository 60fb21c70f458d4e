import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askSources } from '../src/programs/advisories/ask.sources.ts';

const LOCK = JSON.stringify({
  packages: {
    '': { name: 'change', version: '1.0.0' },
    'apps/one': { version: '0.1.0' },
    'node_modules/left-pad': { version: '1.2.3' },
    'node_modules/alias': { name: 'right-pad', version: '2.0.0' },
    'node_modules/left-pad/node_modules/@scope/inner': { version: '3.0.0' },
    'node_modules/@seaworthy/one': { link: true },
  },
});

describe('the sources of advisories, asked by a run', () => {
  let registry: Server;
  let answer: { status: number; body: string };
  let asked: unknown;
  beforeEach(async () => {
    registry = createServer((request, response) => {
      let received = '';
      request.on('data', (chunk) => (received += String(chunk)));
      request.on('end', () => {
        asked = JSON.parse(received);
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      });
    });
    await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
  });
  afterEach(() => void registry.close());

  const ask = async (security: () => Promise<never>) =>
    askSources({
      npmRegistry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      lock: LOCK,
      archive: { security, changelog: async () => undefined },
      arch: 'amd64',
      installed: [],
    });
  const away = async (): Promise<never> => Promise.reject(Object.assign(new Error('no mirror'), { code: 'MIRROR_UNREACHABLE' }));
  const statuses = ({ outcome }: Awaited<ReturnType<typeof ask>>) => outcome.facts?.['sources'];

  it('are asked about every package that the lock names', async () => {
    answer = { status: 200, body: '{}' };
    const { npm, debian, outcome } = await ask(away);
    expect(asked).toEqual({ 'left-pad': ['1.2.3'], 'right-pad': ['2.0.0'], '@scope/inner': ['3.0.0'] });
    expect([npm.status, debian]).toEqual(['answered', { status: 'unavailable', problem: 'MIRROR_UNREACHABLE' }]);
    expect(outcome).toEqual({
      outcome: 'passed',
      summary: 'npm registry answered; trixie-security: unavailable (MIRROR_UNREACHABLE)',
      facts: {
        sources: [
          { source: 'npm', status: 'answered' },
          { source: 'debian', status: 'unavailable' },
        ],
      },
    });
  });

  it.each([
    ['another document', 200, '{"error":"no such API"}'],
    ['an error', 404, '{}'],
  ])('have not answered with %s', async (_what, status, body) => {
    answer = { status, body };
    const found = await ask(away);
    expect(statuses(found)).toContainEqual({ source: 'npm', status: 'unavailable' });
    expect(found.outcome).toMatchObject({ outcome: 'passed', summary: expect.stringContaining('npm registry: unavailable (expected') });
  });
});
