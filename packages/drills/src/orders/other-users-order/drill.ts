import { randomUUID } from 'node:crypto';
import type { Drill } from '../../drill.ts';
import { Customer } from '../customer.ts';
import { problemOf } from '../../problem.ts';

const FILE = 'apps/orders/src/orders/orders.repository.ts';

export const drill: Drill = {
  title: "A customer reads, follows and cancels another customer's order",
  practices: ['2.4'],
  attack:
    'A customer with a valid token of his own has the id of an order of somebody else, and asks for it, for its events, and for its end (OWASP API1:2023).',
  control: 'Every question to the database names the owner, who is taken from the verified token: what is another’s is not there.',
  refusals: ['NOT_FOUND'],
  async run(platform) {
    const [marina, nemo] = await Promise.all([Customer.signIn(platform, 'marina'), Customer.signIn(platform, 'nemo')]);
    const { id } = await marina.placed(randomUUID());
    try {
      const attempts = { read: await nemo.get(`/${id}`), follow: await nemo.follow(id), cancel: await nemo.cancel(id) };
      const mine = await marina.get(`/${id}`);
      const done = Object.entries(attempts).filter(([, { status }]) => status === 200);
      const facts = {
        ...Object.fromEntries(Object.entries(attempts).map(([what, { status }]) => [what, status])),
        'the order is then': (JSON.parse(mine.body) as { status: string }).status,
      };
      if (done.length > 0) {
        const withheld = Object.keys(attempts).filter((what) => !done.some(([one]) => one === what));
        return { kind: 'succeeded', reason: `nemo did with marina's order: ${done.map(([what]) => what).join(', ')}`, withheld, facts };
      }
      const unknown = await nemo.get(`/${randomUUID()}`);
      const asUnknown = Object.values(attempts).every((answer) => answer.status === 404 && problemOf(answer) === problemOf(unknown));
      if (!asUnknown || !mine.body.includes('"placed"'))
        throw new Error(`expected the answer that an unknown order gets, and the order as it was, found ${JSON.stringify(facts)}`);
      return { kind: 'refused', code: 'NOT_FOUND', reason: 'each time the same answer as for an order that nobody has', facts };
    } finally {
      await marina.cancel(id);
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose orders asks the database for the id alone',
    services: ['identity', 'orders', 'edge'],
    builds: {
      orders: [
        { file: FILE, found: ".where('id', '=', id).where('owner', '=', owner).execute()", becomes: ".where('id', '=', id).execute()" },
        { file: FILE, found: ".where('owner', '=', owner)\n        .forUpdate()", becomes: '.forUpdate()' },
      ],
    },
  },
};
