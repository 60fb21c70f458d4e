import { describe, expect, it } from '@jest/globals';
import { DatabaseError, isDatabaseAway } from './database.error.ts';

const withCode = (code: string): Error => Object.assign(new Error('no'), { code });

describe('isDatabaseAway', () => {
  it.each([
    ['08006', 'the connection broke'],
    ['25006', 'a standby has taken over, which takes no writes yet'],
    ['25P03', 'a transaction that waited was ended'],
    ['28000', 'nobody is let in'],
    ['28P01', 'the password is not known yet'],
    ['3D000', 'the database is not there yet'],
    ['40P01', 'a transaction that gave way'],
    ['53300', 'too many connections'],
    ['55P03', 'a lock that was not to be had'],
    ['57014', 'no answer in time'],
    ['57P01', 'it ends'],
    ['58030', 'its disk fails'],
    ['XX000', 'it is confused'],
    ['ECONNREFUSED', 'nobody listens'],
  ])('says so of %s: %s', (code) => expect(isDatabaseAway(withCode(code))).toBe(true));

  it.each([
    'Connection terminated unexpectedly',
    'Query read timeout',
    'Client was closed and is not queryable',
    'Client has encountered a connection error and is not queryable',
  ])('says so of what pg gives no code: %s', (message) => expect(isDatabaseAway(new Error(message))).toBe(true));

  it('says so of the platform’s own refusals', () => {
    expect(isDatabaseAway(new DatabaseError({ code: 'DATABASE_BUSY', message: 'later' }))).toBe(true);
  });

  it.each(['22P02', '23505', '25P02', '42601', '42P01', 'P0001'])('blames the statement for %s', (code) =>
    expect(isDatabaseAway(withCode(code))).toBe(false),
  );

  it.each([new TypeError('x is not a function'), 'a text', undefined])('blames the program for %s', (error) =>
    expect(isDatabaseAway(error)).toBe(false),
  );
});
