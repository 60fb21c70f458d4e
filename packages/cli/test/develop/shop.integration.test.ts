import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { testProject } from '@seaworthy/contracts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { get } from './https.ts';
import { requireLoopback, requireOwnFiles, requireStoresApart } from './isolation.ts';
import { RunningCommand } from './running-command.ts';
import { WorkingTree } from './working-tree.fixture.ts';

jest.setTimeout(300_000);

const PROJECT = testProject('shop', process.pid);
const COPY = `${PROJECT}-development`;
const SERVICES = ['identity', 'orders', 'payment-provider', 'payments'] as const;

describe('npm run dev orders payments', () => {
  let tree: WorkingTree;
  let command: RunningCommand;
  let ca: string;
  const ports = new Map<string, number>();
  const ask = async (service: string, path: string, headers = {}) => get(ports.get(service) ?? 0, path, ca, headers);

  beforeAll(async () => {
    tree = new WorkingTree();
    tree.keepKeys();
    command = new RunningCommand(tree.root, ['dev', 'orders', 'payments'], { SEAWORTHY_PROJECT: PROJECT });
    ca = readFileSync((await command.says(/curl --cacert (\S+)/))[1] ?? '', 'utf8');
    for (const name of SERVICES)
      ports.set(name, Number((await command.says(new RegExp(`^${name}\\n +address +https://localhost:(\\d+)/`)))[1]));
    // they may listen before their stores have answered for the first time
    for (const name of SERVICES)
      while ((await ask(name, '/health/ready')).status !== 200) await new Promise((next) => setTimeout(next, 50));
  });

  afterAll(async () => {
    command.interrupt();
    await command.exited;
    tree.remove();
  });

  it('brings along whom they call without a word of theirs, and no service ends', () => {
    expect(command.output).not.toContain('✗');
    expect(command.output).toMatch(/^orders +\| info/m);
    expect(command.output).not.toMatch(/^(?:identity|payment-provider) +\| info/m);
  });

  it('migrates a database for each, and connects both to one NATS', async () => {
    for (const name of ['orders', 'payments']) {
      expect(JSON.parse((await ask(name, '/health/ready')).body)).toMatchObject({
        details: { postgres: { status: 'up' }, nats: { status: 'up' } },
      });
    }
  });

  it('takes an order with a token and a card, as the page says, and it is paid', async () => {
    const [order] = JSON.parse(asThePageSays()) as [{ id: string }];
    const [, file = ''] = await command.says(/as marina +-H "authorization: Bearer \$\(cat (\S+)\)"/);
    const authorization = `Bearer ${readFileSync(file, 'utf8')}`;
    const status = async () =>
      (JSON.parse((await ask('orders', `/orders/${order.id}`, { authorization })).body) as { status: string }).status;
    while (['placed', 'paying'].includes(await status())) await new Promise((next) => setTimeout(next, 50));
    expect(await status()).toBe('paid');
    const charges = readFileSync(join(tree.root, '.seaworthy/development/payment-provider/data/ledger.jsonl'), 'utf8').trim().split('\n');
    expect(charges).toEqual([expect.stringContaining(order.id)]);
  });

  it('refuses who has no token of this session', async () => {
    expect((await ask('orders', '/orders')).status).toBe(401);
    expect((await ask('payment-provider', '/charges')).status).toBe(401);
  });

  it('listens on loopback alone, with stores and keys of its own', async () => {
    await requireLoopback(command.pid, COPY, 3);
    await requireStoresApart(COPY);
    requireOwnFiles(command.pid, tree.root);
  });

  /** Runs the page's own words, at the ports of this session. @returns the orders that it ends with */
  function asThePageSays(): string {
    const page = readFileSync(join(REPOSITORY, 'docs/how-to/develop.md'), 'utf8');
    const [, words = ''] = /^```sh\n(cd \.seaworthy\/development\n[\s\S]*?)```/m.exec(page) ?? [];
    const here = words
      .replaceAll('localhost:7447', `localhost:${ports.get('payments')}`)
      .replaceAll('localhost:7445', `localhost:${ports.get('orders')}`);
    const output = execFileSync('bash', ['-euc', here], { cwd: tree.root, encoding: 'utf8' });
    return /"items":(\[.*\]),"next"/.exec(output)?.[1] ?? output;
  }
});
