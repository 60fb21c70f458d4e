import { describe, expect, it } from '@jest/globals';
import { ShownLines } from '../../src/develop/shown-lines.ts';

const line = (record: Record<string, unknown>) => JSON.stringify({ level: 'info', time: Date(), service: 'orders', ...record });
const request = (path: string, status: number) => line({ msg: 'request', method: 'GET', path, status });

describe('what a developer sees of a log', () => {
  it('is a request, and not that services ask identity again and again', () => {
    const lines = new ShownLines(false);
    expect(lines.show(request('/orders', 200))).toContain('path=/orders');
    expect(lines.show(request('/revocations', 200))).toBeUndefined();
    expect(lines.show(request('/people/jwks', 200))).toBeUndefined();
    expect(lines.show(request('/revocations', 500))).toContain('status=500');
  });

  it('is a complaint once, until something else is said', () => {
    const lines = new ShownLines(false);
    const complaint = line({ level: 'warn', msg: 'consumer interrupted', err: { stack: 'StreamNotFoundError: stream not found' } });
    expect(lines.show(complaint)).toContain('stream not found');
    expect(lines.show(complaint)).toBeUndefined();
    expect(lines.show('here')).toBe('here');
    expect(lines.show('here')).toBe('here');
    expect(lines.show(complaint)).toContain('stream not found');
  });

  it('is nothing of one that comes along in good order, and all that it complains of', () => {
    const lines = new ShownLines(true);
    expect(lines.show(line({ msg: 'login' }))).toBeUndefined();
    expect(lines.show(line({ level: 'error', msg: 'unexpected error' }))).toBe('error unexpected error');
    expect(lines.show('identity: configuration refused')).toBe('identity: configuration refused');
  });
});
