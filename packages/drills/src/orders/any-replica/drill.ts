import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { parseFindings } from '../../findings.ts';
import { SHACKLE } from '../customer.ts';
import { replicaAddresses } from '../replicas.ts';

const SESSIONS = 5;
const SERVICE = 'apps/orders/src/orders/orders.service.ts';

interface Findings {
  readonly steps: number;
  /** how often a step went to another replica than the one before */
  readonly changes: number;
  /** steps that did not find what steps before them had done */
  readonly lost: readonly { readonly step: string; readonly replica: string; readonly status: number }[];
}

/** Steps that ask for one order: what another replica has placed is not there for them, where each remembers its own. */
const READING: ReadonlySet<string> = new Set(['read', 'read at last', 'follow', 'come back to the stream']);

export const drill: Drill = {
  title: "Each step of a customer's session goes to another replica",
  practices: ['1.1', '1.5'],
  attack:
    'A customer places an order, reads it, sends it again, lists it, follows it, cancels it and comes back to its stream; whoever balances the load sends each step to another replica, in an order that nobody planned.',
  control: 'Replicas keep nothing: orders, keys and events are in PostgreSQL, and any replica reads them there.',
  refusals: ['NOTHING_LOST'],
  async run(platform) {
    const replicas = await replicaAddresses(platform);
    if (replicas.length < 2) throw new Error(`expected two replicas of orders or more, found ${replicas.length}`);
    const given = { replicas, sessions: SESSIONS, product: SHACKLE, token: await platform.customer('marina')() };
    const program = readFileSync(join(import.meta.dirname, 'session.mjs'), 'utf8').replace('__GIVEN__', () => JSON.stringify(given));
    const found = parseFindings<Findings>(
      await platform.inPlaceOf('orders', { entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program] }),
    );
    const facts = { sessions: SESSIONS, replicas: replicas.length, steps: found.steps, 'changes of replica': found.changes };
    if (found.lost.length > 0) {
      const lost = found.lost.map(({ step, replica, status }) => `${step} at ${replica}: ${status}`);
      return { kind: 'succeeded', reason: `lost on the way: ${lost.slice(0, 4).join('; ')}`, withheld: withheld(found), facts };
    }
    return { kind: 'refused', code: 'NOTHING_LOST', reason: `each of ${found.steps} steps found what the others had done`, facts };
  },
  withoutControl: {
    summary:
      'a copy of the platform whose orders remembers in its own memory what was placed, and answers from it who reads an order; keys, lists and ends are left as they are',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        { file: SERVICE, found: 'const CREATED = 201;', becomes: 'const CREATED = 201;\nconst remembered = new Map<string, Order>();' },
        {
          file: SERVICE,
          found: 'return body as Order;',
          becomes: 'remembered.set((body as Order).id, body as Order);\n    return body as Order;',
        },
        { file: SERVICE, found: 'return found(await this.#orders.find(owner, id));', becomes: 'return found(remembered.get(id));' },
      ],
    },
  },
};

/** That an order is not there, or is there as it was once, is what the copy is made for: a step that fails otherwise shows another fault. */
function withheld({ lost }: Findings): string[] {
  const others = lost.filter(({ step, status }) => !READING.has(step) || (status !== 404 && status !== 200));
  return [
    ...(lost.some(({ step, status }) => step === 'read' && status === 404) ? [] : ['an order that is not there for who reads it']),
    ...others.map(({ step, status }) => `${step}, which failed otherwise: ${status}`),
  ];
}
