import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';

const FLAGS = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval'];
const file = (path: string): string => JSON.stringify(join(REPOSITORY, 'packages', path));
/** A container that never ends by itself, on an engine that says what it is asked for. */
const PRELUDE = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { undoable } from ${file('cli/src/drill/undoable.ts')};
  import { listenForInterrupts } from ${file('cli/src/host/interrupt.ts')};
  listenForInterrupts();
  setInterval(() => {}, 1000);
  let end;
  const container = {
    id: 'helper',
    start: async () => console.log('started'),
    wait: () => new Promise((settle) => (end = settle)),
    remove: async () => { end?.({ StatusCode: 137 }); await sleep(50); console.log('removed'); },
    inspect: async () => ({ State: {} }),
    logs: async () => Buffer.from(''),
  };
  const replica = { Config: {}, HostConfig: {}, NetworkSettings: { Networks: {} } };
  const docker = {
    createContainer: async () => { console.log('making'); await sleep(50); return container; },
    listContainers: async () => [{ Id: 'replica', State: 'running' }],
    getContainer: () => ({ inspect: async () => replica }),
  };
  const instance = { project: 'p' };
`;
const HELPERS = {
  'run once': `${PRELUDE}
    import { runOnce } from ${file('cli/src/engine/run-once.ts')};
    await runOnce(docker, instance, { image: 'node' });
  `,
  'put in the place of a service': `${PRELUDE}
    import { inPlaceOf } from ${file('cli/src/drill/in-place-of.ts')};
    await inPlaceOf(docker, instance, 'orders', { entrypoint: ['/usr/bin/node'] });
  `,
  'looking for a card': `${PRELUDE}
    import { searchVolumes } from ${file('drills/src/payments/card-data-stays/places.ts')};
    await searchVolumes({ project: 'p', docker, undoable, imageId: () => 'node', volume: (name) => name }, ['4']).catch(() => undefined);
  `,
};

/** As altered-storage does: what an attack wrote is put in order again, by another such container. */
const RESTORING = `${PRELUDE}
  import { drillPlatform } from ${file('cli/src/drill/drill-platform.ts')};
  container.wait = async () => { await sleep(100); console.log('ended'); return { StatusCode: 0 }; };
  const platform = drillPlatform({ instance: { ...instance, ports: {} }, host: { docker }, access: {}, state: { imageIds: { node: 'node' } } });
  const write = async () => platform.tamper('registry-data', '/registry', '');
  const restore = await platform.undoable(write, write);
  console.log('altered');
  await restore();
`;

describe('a container of a drill', () => {
  const run = async (program: string, signal: NodeJS.Signals, moment: (lines: readonly string[]) => boolean): Promise<string[]> => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const drill = spawn(process.execPath, [...FLAGS, program], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(drill, 'close');
    const lines: string[] = [];
    createInterface({ input: drill.stdout }).on('line', (line) => {
      lines.push(line);
      if (moment(lines)) drill.kill(signal);
    });
    expect(await ended).toEqual([130, null]);
    return lines;
  };

  it.each([
    ['run once', 'SIGINT', 'started'],
    ['run once', 'SIGTERM', 'making'],
    ['put in the place of a service', 'SIGTERM', 'started'],
    ['looking for a card', 'SIGHUP', 'started'],
  ] as const)('that is %s goes with %s when it is %s', async (what, signal, moment) => {
    const lines = await run(HELPERS[what], signal, (said) => said.at(-1) === moment);
    expect(lines.filter((line) => line === 'removed')).toHaveLength(1);
  });

  it.each([
    ['writes', 1],
    ['puts in order what was written', 2],
  ])('comes to its end while it %s: nothing is left half-way', async (_what, starts) => {
    const isStarted = (lines: readonly string[]): boolean =>
      lines.at(-1) === 'started' && lines.filter((line) => line === 'started').length === starts;
    const lines = await run(RESTORING, 'SIGINT', isStarted);
    const whole = ['making', 'started', 'ended', 'removed'];
    expect(lines.filter((line) => line !== 'altered')).toEqual([...whole, ...whole]);
  });
});
