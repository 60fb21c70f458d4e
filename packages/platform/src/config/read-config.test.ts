import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CacheConfig } from '../cache/cache.config.ts';
import { DatabaseConfig } from '../database/database.config.ts';
import { MessagingConfig } from '../messaging/messaging.config.ts';
import { ServiceConfig } from '../service/service.config.ts';
import type { ConfigGroup } from './config-group.ts';
import { processSource } from './config-source.ts';
import { ConfigError } from './config.error.ts';
import { readConfig } from './read-config.ts';

const GROUPS: ConfigGroup[] = [ServiceConfig, DatabaseConfig, CacheConfig, MessagingConfig];
const GOOD: Record<string, string> = {
  DATABASE_HOST: 'postgres',
  DATABASE_NAME: 'catalog',
  DATABASE_USER: 'catalog',
  CACHE_HOST: 'valkey',
  MESSAGING_HOST: 'nats',
};
const SECRETS: Record<string, string> = {
  'database-password': 'correct horse',
  'cache-password': 'battery staple',
  'messaging-key': `SU${'A'.repeat(56)}`,
};

/** What these groups refuse, by the variable's name; nothing of any value may be in it. */
function refusalOf(environment: Record<string, string | undefined>, secret: (name: string) => string | undefined): string {
  try {
    readConfig(GROUPS, { environment, secret });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message;
  }
}

const variables = GROUPS.flatMap(({ fields }) => Object.values(fields)).filter(({ from }) => from === 'variable');
const MARK = 'hunter2';
const BAD = [`${MARK} \0`, `${MARK} ${'x'.repeat(5_000)}`, `-1${MARK}`, `\u0007${MARK}`, `file:///${MARK} `];
/** Paths: what they name is looked for when it is used. */
const ANY_TEXT = new Set(['TLS_CERT_FILE', 'TLS_KEY_FILE']);

describe('the configuration of a service', () => {
  it('is accepted when it is good', () => expect(refusalOf(GOOD, (name) => SECRETS[name])).toBe(''));

  describe.each(variables.map(({ name }) => name).filter((name) => !ANY_TEXT.has(name)))('when %s is malformed', (name) => {
    it.each(BAD)('names it and not its value (%j)', (value) => {
      const refusal = refusalOf({ ...GOOD, [name]: value }, (secret) => SECRETS[secret]);
      expect(refusal).toContain(`${name}: `);
      expect(refusal).not.toContain(MARK);
    });
  });

  it.each(['1e3', '0x10', ' 5', '+5', '5.0', '٣', '99999999999999999999'])('takes no number written as %j', (value) => {
    expect(refusalOf({ ...GOOD, DATABASE_POOL_SIZE: value }, (secret) => SECRETS[secret])).toContain('DATABASE_POOL_SIZE: ');
  });

  describe.each(Object.keys(GOOD))('when %s', (name) => {
    it.each([
      ['is missing', undefined],
      ['is empty', ''],
    ])('%s, it is named', (_, value) => {
      expect(refusalOf({ ...GOOD, [name]: value }, (secret) => SECRETS[secret])).toBe(
        `configuration refused: ${name}: is required and not set`,
      );
    });
  });

  describe('when a secret file', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'seaworthy-config-'));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const cases: [string, (path: string) => void, RegExp][] = [
      ['is missing', () => undefined, /is required and not set/],
      ['is empty', (path) => writeFileSync(path, ''), /is empty|must be/],
      ['holds only a line break', (path) => writeFileSync(path, '\n'), /is empty|must be/],
      ['has several lines', (path) => writeFileSync(path, `${MARK}\n${MARK}\n`), /must be/],
      ['holds null bytes', (path) => writeFileSync(path, `${MARK}\0`), /must be/],
      [
        'is not UTF-8',
        (path) => writeFileSync(path, Buffer.from([0x68, 0x75, 0xff, 0xfe])),
        /cannot be read \(ERR_ENCODING_INVALID_ENCODED_DATA\)/,
      ],
      ['is too long', (path) => writeFileSync(path, MARK.repeat(2_000)), /is too long|must be/],
      ['is a folder', (path) => mkdirSync(path), /cannot be read \(EISDIR\)/],
      [
        'may not be read',
        (path) => {
          writeFileSync(path, MARK);
          chmodSync(path, 0);
        },
        /cannot be read \(EACCES\)|must be/,
      ],
    ];
    describe.each(Object.keys(SECRETS))('%s', (name) => {
      it.each(cases)('%s, it is named without a word of it', (_, spoil, reason) => {
        rmSync(join(folder, name), { recursive: true, force: true });
        spoil(join(folder, name));
        const { secret } = processSource(folder);
        const refusal = refusalOf(GOOD, (wanted) => (wanted === name ? secret(wanted) : SECRETS[wanted]));
        // root may read what nobody may
        if (_ === 'may not be read' && process.getuid?.() === 0 && refusal === '') return;
        expect(refusal).toMatch(new RegExp(`^configuration refused: secret file ${name}: `));
        expect(refusal).toMatch(reason);
        expect(refusal).not.toContain(MARK);
      });
    });
  });
});
