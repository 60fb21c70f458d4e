import { describe, expect, it } from '@jest/globals';
import { isBootNoise, readable } from '../../src/develop/log-line.ts';

const line = (record: Record<string, unknown>) =>
  JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00Z', service: 'catalog', ...record });

describe('a log line of a service', () => {
  it('becomes level, message and facts', () => {
    expect(readable(line({ msg: 'request', path: '/products', status: 200, trace_id: 'ab' }))).toBe(
      'info  request path=/products status=200',
    );
  });

  it('keeps the lines of a stack', () => {
    const stack = 'Error: on purpose\n    at list (apps/catalog/src/products/products.service.ts:7:3)';
    expect(readable(line({ level: 'error', msg: 'unexpected error', err: { stack } }))).toBe(`error unexpected error\n${stack}`);
  });

  it.each(['', 'plain words', '{"half":', '{"level":30,"msg":"a stranger’s"}', '[1]', 'null'])('stays as it is: %j', (text) => {
    expect(readable(text)).toBe(text);
  });

  it('is noise when Nest tells its routes, and only then', () => {
    expect(isBootNoise(line({ msg: 'Mapped {/, GET} route', context: 'RouterExplorer' }))).toBe(true);
    expect(isBootNoise(line({ msg: 'x', context: 'certificate' }))).toBe(false);
    expect(isBootNoise(line({ level: 'error', msg: 'x', context: 'RouterExplorer' }))).toBe(false);
  });
});
