import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readEdge } from '../src/drive/edge/edge.stats.ts';

const HEADER = '# pxname,svname,qcur,scur,status,check_status,check_code,lastchg';
const row = (server: string, status: string, check: string, { scur = 0, qcur = 0, code = '' } = {}) =>
  `catalog,${server},${qcur},${scur},${status},${check},${code},7`;
const STATES = [
  '1',
  '# be_id be_name srv_id srv_name srv_addr',
  '3 catalog 1 catalog1 10.0.0.1 2',
  '3 catalog 2 catalog2 10.0.0.2 2',
  '3 catalog 3 catalog3 - 0',
].join('\n');
/** What a service with one backend is answered. */
const read = (...rows: string[]) =>
  readEdge([[HEADER, ...rows].join('\n'), STATES, 'No such proxy.', "Can't find backend."].map((part) => `${part}\n\n`).join(''));

const statusOf = (status: string, check: string) => read(row('catalog1', status, check)).servers[0]?.status;

/** What HAProxy 3.0 answered, with two replicas and this repository's haproxy.cfg; of the places without a replica, one was kept. */
const answered = (when: string) => readEdge(readFileSync(join(import.meta.dirname, 'edge-answers', `${when}.txt`), 'utf8'));

describe('what the edge says', () => {
  it.each([
    ['UP', 'L7OK', 'up'],
    ['UP 1/2', 'L6TOUT', 'unproven'],
    ['DOWN', 'L6TOUT', 'silent'],
    ['DOWN', 'L4TOUT', 'silent'],
    ['DOWN', 'L4CON', 'silent'],
    ['DOWN', 'L7TOUT', 'silent'],
    ['DOWN 1/2', 'L7STS', 'refusing'],
    ['MAINT (resolution)', '', 'unseen'],
    ['DOWN', 'INI', 'unseen'],
  ])('%s after %s is %s', (status, check, expected) => {
    expect(statusOf(status, check)).toBe(expected);
  });

  it('tells which replica by its address, and leaves out places that have none', () => {
    const { servers } = read(
      row('catalog1', 'UP', 'L7OK'),
      row('catalog2', 'DOWN', 'L7STS', { code: '503' }),
      row('catalog3', 'MAINT (resolution)', ''),
    );
    expect(servers).toEqual([
      { address: '10.0.0.1', status: 'up', changedAgo: 7000, detail: 'UP L7OK' },
      { address: '10.0.0.2', status: 'refusing', changedAgo: 7000, detail: 'DOWN L7STS 503' },
    ]);
  });

  it('counts what replicas have in hand, what waits for one of them, and what waits for any, each once', () => {
    const { concurrency } = read(
      row('catalog1', 'UP', 'L7OK', { scur: 7, qcur: 2 }),
      row('catalog2', 'UP', 'L7OK', { scur: 5 }),
      row('BACKEND', 'UP', '', { scur: 12, qcur: 4 }),
    );
    expect(concurrency).toBe(18);
  });

  it.each(['', 'Unknown command', 'No such proxy.'])('takes no answer for statistics that is none: %j', (text) => {
    expect(() => readEdge(text)).toThrow('expected statistics');
  });

  describe('when all replicas have missed their checks', () => {
    it('calls none silent that the edge goes on asking, and counts what they have in hand', () => {
      const { servers, concurrency } = answered('all-missed');
      expect(servers).toMatchObject([
        { address: '10.0.0.3', status: 'unproven', detail: 'DOWN * L7TOUT' },
        { address: '10.0.0.2', status: 'unproven', detail: 'DOWN L7TOUT' },
      ]);
      expect(concurrency).toBe(5);
    });
    it('calls them silent when the edge asks them no more', () => {
      expect(answered('all-silent').servers).toMatchObject([{ status: 'silent' }, { status: 'silent' }]);
    });
    it('calls one silent while another passes: the edge asks that one', () => {
      expect(answered('one-silent').servers).toMatchObject([{ status: 'up' }, { status: 'silent' }]);
    });
  });
});
