import type { Outcome } from '../../drill.ts';
import { problemOf } from '../../problem.ts';

/** What hostile bodies came to. */
export interface Seen {
  /** an order that is nested thousands of levels deep */
  readonly nested: { readonly status: number };
  /** one that is somewhat larger than an order can be */
  readonly small: { readonly status: number; readonly body: string };
  /** those of 100 MB: status, `CUT` or `SILENT`: the edge may cut who still sends, so that he has no answer */
  readonly large: readonly (number | string)[];
  /** how many orders the edge has refused with 413, by its own log */
  readonly refusedAtEdge: number;
  readonly replicasThatDied: number;
}

export function judge({ nested, small, large, refusedAtEdge, replicasThatDied }: Seen): Outcome {
  const facts = {
    'orders of 100 MB': large.join(', '),
    'orders that the edge refused': refusedAtEdge,
    'order of 9 KB': small.status,
    'nested order': nested.status,
    'replicas that died': replicasThatDied,
  };
  const harm = [
    ...(replicasThatDied > 0 ? [`replicas that died of ${large.length} requests: ${replicasThatDied}`] : []),
    ...(nested.status >= 500 ? [`an order that is nested too deep ended with ${nested.status}`] : []),
  ];
  const withheld = [
    ...(replicasThatDied > 0 ? [] : [`the death of a replica: ${large.join(', ')}`]),
    ...(small.status === 413 ? ['to have 9 KB looked at'] : []),
    ...(nested.status >= 500 ? [] : [`to break a replica's work off by depth: ${nested.status}`]),
  ];
  if (harm.length > 0) return { kind: 'succeeded', reason: harm.join('; '), withheld, facts };
  // what never came to the edge was no attack
  const isRefused = large.every((answer) => answer === 413 || typeof answer === 'string') && refusedAtEdge > large.length;
  if (!isRefused || small.status !== 413 || problemOf(small) !== 'content-too-large' || nested.status !== 422)
    throw new Error(`expected 413 for what is large and 422 for what is deep, found ${JSON.stringify(facts)}`);
  return { kind: 'refused', code: 'CONTENT_TOO_LARGE', reason: 'no replica saw a body that was larger than an order can be', facts };
}
