import { describe, expect, it } from '@jest/globals';
import { serviceCardSchema } from '../src/index.ts';

const good = { name: 'catalog', tier: 'public', owner: 'shop', description: 'Products.', parent: 'node' };

describe('service card', () => {
  it('accepts a short one', () => {
    expect(serviceCardSchema.parse(good)).toMatchObject({ entry: 'src/main.ts', ports: [], extraFiles: [] });
  });
  it.each([
    ['an unknown tier', { tier: 'secret' }],
    ['a field that nobody reads', { replicas: 2 }],
    ['an extra file from outside', { extraFiles: [{ from: '../secrets', to: '/app/x' }] }],
    ['an extra file from the machine', { extraFiles: [{ from: '/etc/passwd', to: '/app/x' }] }],
    ['an extra file by another way', { extraFiles: [{ from: './infra//words', to: '/app/x' }] }],
    ['an extra folder with a slash at its end', { extraFiles: [{ from: 'infra/', to: '/app/x' }] }],
    ['the whole repository', { extraFiles: [{ from: '.', to: '/app/x' }] }],
    ['an entry point of another workspace', { entry: '../orders/src/main.ts' }],
    ['a program of another workspace', { programs: [{ entry: '../orders/src/main.ts', to: '/app/x.js' }] }],
    ['an extra file outside /app', { extraFiles: [{ from: 'infra', to: '/usr/bin/node' }] }],
    ['an extra file that climbs', { extraFiles: [{ from: 'infra', to: '/app/../usr/bin/node' }] }],
    ['a port that is none', { ports: [70000] }],
  ])('refuses %s', (_what, change) => {
    expect(serviceCardSchema.safeParse({ ...good, ...change }).success).toBe(false);
  });
});
