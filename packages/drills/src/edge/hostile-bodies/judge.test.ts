import { describe, expect, it } from '@jest/globals';
import { judge } from './judge.ts';
import type { Seen } from './judge.ts';

const TOO_LARGE = { status: 413, body: '{"type":"urn:seaworthy:problem:content-too-large"}' };
const GUARDED: Seen = { nested: { status: 422 }, small: TOO_LARGE, large: [413, 413], refusedAtEdge: 3, replicasThatDied: 0 };
const OPEN: Seen = { nested: { status: 500 }, small: { status: 422, body: '' }, large: [502, 502], refusedAtEdge: 0, replicasThatDied: 2 };

describe('hostile bodies', () => {
  it.each<[string, Partial<Seen>]>([
    ['answered with 413', {}],
    ['cut while they are sent', { large: ['CUT', 413] }],
  ])('are refused when they are %s', (_how, seen) => {
    expect(judge({ ...GUARDED, ...seen })).toMatchObject({ kind: 'refused', code: 'CONTENT_TOO_LARGE' });
  });

  it.each<[string, Partial<Seen>]>([
    ['one never came to the edge', { large: [413, 'CUT'], refusedAtEdge: 2 }],
    ['one had no answer', { large: ['SILENT', 413], refusedAtEdge: 2 }],
    ['one is taken', { large: [413, 201] }],
  ])('are neither refused nor harmful when %s', (_what, seen) => {
    expect(() => judge({ ...GUARDED, ...seen })).toThrow('expected 413 for what is large');
  });

  it.each<[string, Partial<Seen>]>([
    ['a replica died', { replicasThatDied: 1 }],
    ['depth broke the work of one off', { nested: { status: 500 } }],
  ])('have succeeded when %s', (_what, seen) => {
    expect(judge({ ...GUARDED, ...seen })).toMatchObject({ kind: 'succeeded' });
  });

  it.each<[string, Partial<Seen>, string[]]>([
    ['nothing', {}, []],
    ['depth', { nested: { status: 422 } }, ["to break a replica's work off by depth: 422"]],
    ['size', { replicasThatDied: 0 }, ['the death of a replica: 502, 502']],
    ['size, a little above what an order has', { small: TOO_LARGE }, ['to have 9 KB looked at']],
  ])('are withheld, of what they want: %s', (_what, seen, withheld) => {
    expect(judge({ ...OPEN, ...seen })).toMatchObject({ kind: 'succeeded', withheld });
  });
});
