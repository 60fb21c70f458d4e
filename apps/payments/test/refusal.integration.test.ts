import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ServiceProcess } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';

const EX_CONFIG = 78;
const MARK = 'hunter2';
const KEY = 'A'.repeat(43);
const GOOD = {
  DATABASE_HOST: '127.0.0.1',
  DATABASE_NAME: 'payments',
  DATABASE_USER: 'payments',
  MESSAGING_HOST: '127.0.0.1',
  PROVIDER_URL: 'https://127.0.0.1:1',
};
const SECRETS = { 'database-password': MARK, 'messaging-key': `SU${'A'.repeat(56)}`, 'card-keys': KEY };

/** The program as it ships, told nonsense: one line that names what is wrong, and no word of what it was. */
describe('payments, when its configuration is not usable', () => {
  let service: ServiceProcess | undefined;
  afterEach(async () => service?.stop());

  const cases: [string, Record<string, string>, Record<string, string>, RegExp][] = [
    ['there is no provider', { PROVIDER_URL: '' }, {}, /PROVIDER_URL: is required and not set/],
    ['the provider would be asked in the clear', { PROVIDER_URL: 'http://127.0.0.1:1' }, {}, /PROVIDER_URL: /],
    ['the provider’s address holds a password', { PROVIDER_URL: `https://x:${MARK}@127.0.0.1` }, {}, /PROVIDER_URL: /],
    ['there is no key', {}, { 'card-keys': '' }, /secret file card-keys: must be keys/],
    ['a key is short', {}, { 'card-keys': KEY.slice(1) }, /secret file card-keys: must be keys/],
    ['an old key is malformed', {}, { 'card-keys': `${KEY} ${MARK}` }, /secret file card-keys: must be keys/],
    ['a key has more than 32 bytes', {}, { 'card-keys': `${KEY}A` }, /secret file card-keys: must be keys/],
    ['several are', { DATABASE_PORT: MARK }, { 'card-keys': MARK }, /DATABASE_PORT: .+; secret file card-keys: /],
  ];
  it.each(cases)('%s: refuses to start with 78, names it, and tells no value', async (_, environment, secrets, reason) => {
    const program = await bundleProgram(join(import.meta.dirname, '..'), 'src/main.ts');
    service = await ServiceProcess.launch({ program, environment: { ...GOOD, ...environment }, secrets: { ...SECRETS, ...secrets } });
    expect(await service.exited).toBe(EX_CONFIG);
    expect(service.stderr.trim().split('\n')).toHaveLength(1);
    expect(service.stderr).toMatch(/^payments: configuration refused: /);
    expect(service.stderr).toMatch(reason);
    expect(service.stderr).not.toContain(MARK);
    expect(service.stderr).not.toContain(KEY.slice(1));
  });
});
