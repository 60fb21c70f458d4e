import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ServiceProcess } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';

const EX_CONFIG = 78;
const MARK = 'hunter2';
const GOOD = { DATABASE_HOST: '127.0.0.1', DATABASE_NAME: 'orders', DATABASE_USER: 'orders', MESSAGING_HOST: '127.0.0.1' };
const SECRETS = { 'database-password': MARK, 'messaging-key': `SU${'A'.repeat(56)}` };

/** The program as it ships, told nonsense: one line that names what is wrong, and no word of what it was. */
describe('orders, when its configuration is not usable', () => {
  let service: ServiceProcess | undefined;
  afterEach(async () => service?.stop());

  const cases: [string, Record<string, string>, Record<string, string>, RegExp][] = [
    ['a variable is missing', { DATABASE_HOST: '' }, {}, /DATABASE_HOST: is required and not set/],
    ['a variable is malformed', { MESSAGING_PORT: MARK }, {}, /MESSAGING_PORT: must be a whole number/],
    ['several are', { PORT: '-1', LOG_LEVEL: MARK }, {}, /PORT: .+; LOG_LEVEL: /],
    ['a secret is empty', {}, { 'database-password': '' }, /secret file database-password: is empty/],
    ['a secret is malformed', {}, { 'messaging-key': MARK }, /secret file messaging-key: must be the seed of an nkey/],
    ['its own secret is away', {}, {}, /secret file client-secret: is required and not set/],
    ['whom it trusts is not told', {}, { 'client-secret': MARK }, /refused: secret file root\.pem: is required and not set$/m],
  ];
  it.each(cases)('%s: refuses to start with 78, names it, and tells no value', async (_, environment, secrets, reason) => {
    const program = await bundleProgram(join(import.meta.dirname, '..'), 'src/main.ts');
    service = await ServiceProcess.launch({ program, environment: { ...GOOD, ...environment }, secrets: { ...SECRETS, ...secrets } });
    expect(await service.exited).toBe(EX_CONFIG);
    expect(service.stderr.trim().split('\n')).toHaveLength(1);
    expect(service.stderr).toMatch(/^orders: configuration refused: /);
    expect(service.stderr).toMatch(reason);
    expect(service.stderr).not.toContain(MARK);
  });
});
