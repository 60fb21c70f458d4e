import { describe, expect, it } from '@jest/globals';
import type { EngineClient } from '../src/engine/engine.client.ts';
import { Keeper } from '../src/jobs/keeper.ts';
import { textTar } from '../src/jobs/tar.rules.ts';
import { withEnding } from '../src/jobs/with.ending.ts';

/** An engine that fails where it is told to, and what was asked of it. */
function engineThatFails(...failing: readonly string[]) {
  const asked: string[] = [];
  const ask =
    (what: string) =>
    async (name: unknown): Promise<string> => {
      asked.push(typeof name === 'string' ? `${what} ${name}` : what);
      if (failing.includes(what)) throw new Error(`${what} failed`);
      return 'id';
    };
  const names = ['createVolume', 'createContainer', 'start', 'removeContainer', 'removeVolume'];
  return { asked, engine: Object.fromEntries(names.map((name) => [name, ask(name)])) as unknown as EngineClient };
}

const hold = async (engine: EngineClient): Promise<Keeper> =>
  Keeper.start({ engine, image: 'x', name: 'k', labels: {}, volumes: { source: '1m', out: '1m' } });
const VOLUMES = ['removeVolume k.source', 'removeVolume k.out'];

describe('a keeper', () => {
  it('lets its volumes go also when its container cannot be removed, and says that', async () => {
    const { asked, engine } = engineThatFails('removeContainer', 'removeVolume');
    const keeper = await hold(engine);
    await expect(keeper.dispose()).rejects.toThrow('removeContainer failed');
    expect(asked).toEqual(expect.arrayContaining(VOLUMES));
  });
  it('does not say that it holds what it was given when its container has ended: the engine takes that, and keeps nothing of it', async () => {
    const { engine } = engineThatFails();
    const taken: string[] = [];
    const keeper = await hold(Object.assign(engine, { putArchive: async (_id: string, path: string) => void taken.push(path) }));
    engine.endOf = async () => undefined;
    await keeper.fill('source', textTar({}));
    engine.endOf = async () => ({ exitCode: 143, wasOutOfMemory: false });
    await expect(keeper.fill('source', textTar({}))).rejects.toMatchObject({
      code: 'VOLUMES_LOST',
      message: expect.stringContaining('found that it has ended (exit code 143)'),
    });
    await expect(keeper.read('out')).rejects.toMatchObject({ code: 'VOLUMES_LOST' });
    expect(taken).toEqual(['/v/source', '/v/source']);
  });
  it('says why it could not be started, not what else could not be undone', async () => {
    const { asked, engine } = engineThatFails('start', 'removeContainer');
    await expect(hold(engine)).rejects.toThrow('start failed');
    expect(asked).toEqual(expect.arrayContaining(['removeContainer id', ...VOLUMES]));
  });
});

describe('work that has to be ended', () => {
  const fail = (what: string) => async (): Promise<never> => Promise.reject(new Error(what));
  it('throws what went wrong first', async () => {
    await expect(withEnding(fail('refused'), fail('stuck'))).rejects.toThrow('refused');
    await expect(withEnding(async () => 1, fail('stuck'))).rejects.toThrow('stuck');
  });
  it('is ended before it answers, whatever came of it', async () => {
    const ended: string[] = [];
    expect(
      await withEnding(
        async () => 1,
        async () => void ended.push('a'),
      ),
    ).toBe(1);
    await expect(withEnding(fail('refused'), async () => void ended.push('b'))).rejects.toThrow('refused');
    expect(ended).toEqual(['a', 'b']);
  });
});
