import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CHECK_TIMEOUT_MS } from './health.controller.ts';

const EDGE = readFileSync(join(import.meta.dirname, '../../../../infra/images/haproxy/haproxy.cfg'), 'utf8');

describe('a probe', () => {
  it('gives a silent dependency up before the edge gives the probe up', () => {
    const edge = Number(/^ *timeout check (\d+)ms$/m.exec(EDGE)?.[1]);
    expect(edge).toBeGreaterThan(CHECK_TIMEOUT_MS);
  });
});
