import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FilterFixture, goodContainer, goodVolume } from './filter.fixture.ts';

const CREATE_VOLUME = '/volumes/create';
const VOLUME = '/volumes/demo.pipeline.own';

describe('a client that has gone', () => {
  let filter: FilterFixture;
  let engineAnswers: (value?: unknown) => void;
  beforeEach(async () => {
    filter = await FilterFixture.start();
    const { promise, resolve } = Promise.withResolvers();
    filter.engineIsBusy = promise;
    engineAnswers = resolve;
  });
  afterEach(async () => {
    engineAnswers();
    await filter.stop();
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await sleep(5);
  };
  const ended = (url: string): unknown[] => filter.audit.filter((entry) => entry['url'] === url).map(({ event }) => event);

  it.each([
    ['POST', '/containers/own/start', undefined],
    ['DELETE', '/containers/own?force=1&v=1', undefined],
    ['DELETE', VOLUME, undefined],
    ['POST', '/containers/create?name=demo.pipeline.job', goodContainer()],
  ])('gets nothing done that was still being looked at: %s %s', async (method, path, body) => {
    const leave = filter.askAndLeave(method, path, body);
    await until(() => filter.seen.length > 0);
    leave();
    // the engine itself has not answered, and may never
    await until(() => filter.audit.length > 0);
    engineAnswers();
    expect(await filter.ask('GET', '/volumes')).toMatchObject({ status: 200 });
    expect(filter.changes).toEqual([]);
    expect(ended(path)).toEqual(['failed']);
  });

  it('gets nothing done that was waiting for its turn', async () => {
    const first = filter.ask('POST', CREATE_VOLUME, goodVolume());
    await until(() => filter.seen.length > 0);
    const leave = filter.askAndLeave('DELETE', VOLUME);
    await until(() => filter.requests.come === 2);
    leave();
    await until(() => filter.requests.over === 1);
    engineAnswers();
    expect(await first).toMatchObject({ status: 201 });
    await until(() => ended(VOLUME).length > 0);
    expect(filter.changes.map(({ url }) => url)).toEqual([CREATE_VOLUME]);
  });
});
