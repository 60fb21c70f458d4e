import { describe, expect, it } from '@jest/globals';
import { REDACTED, redact } from './redaction.ts';

describe('redact', () => {
  it.each([
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'x-api-key',
    'password',
    'dbPassword',
    'client_secret',
    'clientSecret',
    'access_token',
    'refreshToken',
    'private_key',
    'privateKey',
    'credentials',
  ])('takes out the value of %s, at any depth', (key) => {
    expect(redact({ [key]: 'hunter2' })).toEqual({ [key]: REDACTED });
    expect(JSON.stringify(redact({ a: [{ b: { [key]: { deep: 'hunter2' } } }] }))).not.toContain('hunter2');
  });

  it('leaves the rest as it is', () => {
    const value = { path: '/products', status: 200, tags: ['a'], at: new Date(0), nothing: null, route: undefined };
    expect(redact(value)).toEqual({ ...value, at: '1970-01-01T00:00:00.000Z' });
  });

  it('keeps what an error says, and its cause, without its other members', () => {
    const error = Object.assign(new Error('gone', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }), {
      config: { password: 'hunter2' },
    });
    const redacted = redact({ err: error });
    expect(redacted).toMatchObject({ err: { type: 'Error', message: 'gone', cause: { message: 'refused', code: 'ECONNREFUSED' } } });
    expect(JSON.stringify(redacted)).not.toContain('hunter2');
  });

  it('keeps what each of several errors says', () => {
    const tried = [4, 6].map((family) => Object.assign(new Error(`no way by IPv${family}`), { code: 'ECONNREFUSED', password: 'hunter2' }));
    const redacted = redact(new AggregateError(tried, 'no way'));
    expect(redacted).toMatchObject({
      message: 'no way',
      errors: [{ message: 'no way by IPv4', code: 'ECONNREFUSED' }, { message: 'no way by IPv6' }],
    });
    expect(JSON.stringify(redacted)).not.toContain('hunter2');
  });

  it('ends, whatever refers to itself', () => {
    const ring: Record<string, unknown> = {};
    ring['self'] = ring;
    expect(JSON.stringify(redact(ring))).toContain('[too deep]');
  });

  it('writes no bytes', () => {
    expect(redact({ body: Buffer.from('hunter2') })).toEqual({ body: '[7 bytes]' });
  });
});
