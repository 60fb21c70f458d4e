import { describe, expect, it } from '@jest/globals';
import { BlamedMessages } from './blamed-messages.ts';

describe('BlamedMessages', () => {
  it('counts how often each has failed', () => {
    const blamed = new BlamedMessages();
    expect([blamed.blame('1'), blamed.blame('2'), blamed.blame('1')]).toEqual([1, 1, 2]);
  });

  it('forgets one that was done', () => {
    const blamed = new BlamedMessages();
    blamed.blame('1');
    blamed.forget('1');
    expect(blamed.blame('1')).toBe(1);
  });

  it('makes room by those that failed longest ago: others may have done them', () => {
    const blamed = new BlamedMessages(2);
    for (const key of ['1', '2', '1', '3']) blamed.blame(key);
    expect([blamed.blame('1'), blamed.blame('2')]).toEqual([3, 1]);
  });
});
