import { constants } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { FORBIDDEN, letThrough, withheld } from './forbidden-calls.ts';

const { EPERM, ENOSYS, EINVAL } = constants.errno;
/** What the filter answers, and one call's answer instead. */
const errorsBut = (name: string, error: number): number[] =>
  FORBIDDEN.map((call) => (call.name === name ? error : call.name === 'clone3' ? ENOSYS : EPERM));

describe('the calls that a filter let through', () => {
  it('are none when it answered all of them: clone3 as if the kernel had none, the others with EPERM', () => {
    expect(letThrough(errorsBut('', 0))).toEqual([]);
  });

  it.each([
    ['mount', 0],
    ['mount', EINVAL],
    // a kernel without it
    ['io_uring_setup', ENOSYS],
    ['clone3', EINVAL],
    // refused, but the C library does not fall back then: every thread of a program fails
    ['clone3', EPERM],
  ])('%s, when it ended with %i', (name, error) => {
    expect(letThrough(errorsBut(name, error))).toEqual([name]);
  });
});

describe('the calls that a copy without the filter withholds', () => {
  const all = FORBIDDEN.map(({ name }) => name);

  it('are those that nothing else refuses', () => {
    expect(withheld(all.filter((name) => name !== 'keyctl'))).toEqual(['keyctl']);
  });

  it('are none when what is missing takes a capability, or a setting of the host', () => {
    expect(withheld(all.filter((name) => name !== 'bpf' && name !== 'socket AF_PACKET'))).toEqual([]);
  });
});
