import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.ts';
import type { PlatformLogger } from './logger.ts';
import { REDACTED } from './redaction.ts';

describe('a line of the log', () => {
  let lines: string[];
  let logger: PlatformLogger;
  beforeEach(() => {
    lines = [];
    logger = createLogger({ service: 'harbour', level: 'info', destination: { write: (line) => void lines.push(line) } });
  });
  const said = () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  const SECRET = { user: 'marina', login: { password: 'hunter2' } };

  it.each<[string, (logger: PlatformLogger) => void]>([
    ['fields', (log) => log.info(SECRET, 'aboard')],
    ['what a child says each time', (log) => log.child(SECRET).info('aboard')],
    ['what a child of a child says', (log) => log.child({ pier: 1 }, { level: 'info' }).child(SECRET).info('aboard')],
    ['what is said from now on', (log) => (log.setBindings(SECRET), log.info('aboard'))],
    ['an argument of the message', (log) => log.info('aboard: %j', SECRET)],
    ['an argument after fields', (log) => log.child({}).info({ pier: 1 }, 'aboard: %o', SECRET)],
    ['an object in place of the message', (log) => log.info({ pier: 1 }, SECRET as never)],
    ['members of an error', (log) => log.info('aboard: %j', Object.assign(new Error('marina'), SECRET))],
  ])('has no secret in %s', (_, say) => {
    say(logger);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('marina');
  });

  it('says what it was told otherwise', () => {
    logger.child({ context: 'pier', berth: SECRET }).warn({ err: new Error('late') }, '%s of %d: %s', 'one', 2, new Error('gone'));
    expect(said()).toMatchObject({
      level: 'warn',
      service: 'harbour',
      context: 'pier',
      berth: { user: 'marina', login: { password: REDACTED } },
      err: { message: 'late' },
      msg: 'one of 2: Error: gone',
    });
  });

  it.each<[string, (logger: PlatformLogger) => void]>([
    ['the line', (log) => log.info({ time: 'noon', level: 'high' }, 'tide')],
    ['a child', (log) => log.child({ time: 'noon', level: 'high' }).info('tide')],
  ])('has its own time and level, whatever %s says besides', (_, say) => {
    say(logger);
    expect(said()).toMatchObject({ time: expect.stringMatching(/^20\d\d-.*Z$/), level: 'info', caller_time: 'noon', caller_level: 'high' });
    expect(lines[0]?.match(/"time":/g)).toHaveLength(1);
  });
});
