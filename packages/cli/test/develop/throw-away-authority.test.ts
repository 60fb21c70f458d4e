import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { throwAwayAuthority } from '../../src/develop/throw-away-authority.ts';

describe('the authority of one session', () => {
  it('gives certificates that last as long as the session can: nobody renews them', async () => {
    const authority = await throwAwayAuthority();
    const [server, intermediate] = (await Promise.all([authority.issue(), authority.intermediate()])).map(({ cert }) =>
      new X509Certificate(cert).validToDate.getTime(),
    );
    expect(Math.abs(Number(server) - Number(intermediate))).toBeLessThan(3_600_000);
  });
});
