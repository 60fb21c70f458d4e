import { describe, expect, it } from '@jest/globals';
import { isExcepted } from './no-proxy.ts';

const REGISTRY = { host: 'npm.example.org', port: '443' };

describe('a list of exceptions from a proxy', () => {
  it.each([
    'npm.example.org',
    'example.org',
    '.example.org',
    '*.example.org',
    '*',
    'NPM.Example.org',
    'npm.example.org:443',
    'x.test, .example.org',
    'x.test example.org',
  ])('excepts npm.example.org by %p', (list) => expect(isExcepted(REGISTRY, list)).toBe(true));

  it.each(['', ',', 'ample.org', 'npm.example.or', 'more.npm.example.org', 'npm.example.org:4873', '10.0.0.0/8', 'npm.*.org'])(
    'does not by %p',
    (list) => expect(isExcepted(REGISTRY, list)).toBe(false),
  );

  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.0/24', false],
    ['2001:db8::7', '2001:db8::7', true],
    ['[2001:db8::7]', '2001:db8::7', true],
    ['2001:db8::7', '[2001:db8::7]:80', true],
    ['2001:db8::7', '[2001:db8::7]:81', false],
  ])('takes addresses as they are written: %s, %s', (host, list, expected) => {
    expect(isExcepted({ host, port: '80' }, list)).toBe(expected);
  });
});
