import { afterEach, describe, expect, it } from '@jest/globals';
import { engine, eventually, ownImage, TEST_LABELS } from '@seaworthy/testing';
import { EngineClient } from '../src/drive/compose/engine.client.ts';

/** Says when it has begun, and ends by itself five seconds after it was told to. */
const SLOW = `
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), 5_000));
  setInterval(() => undefined, 1_000);
  console.log('begun');
`;

describe('a replica that drains', () => {
  const made: string[] = [];
  afterEach(async () => {
    for (const id of made.splice(0)) await engine.getContainer(id).remove({ force: true });
  });

  it.each([
    ['ends by itself, where compose.yaml gives it longer than it takes', 60, 0],
    ['is killed, where compose.yaml gives it less than it takes', 1, 137],
  ])('%s', async (_what, StopTimeout, code) => {
    const HostConfig = { NetworkMode: 'none', CapDrop: ['ALL'], ReadonlyRootfs: true };
    const Image = await ownImage('node');
    const container = await engine.createContainer({ Image, Cmd: ['--eval', SLOW], Labels: { ...TEST_LABELS }, StopTimeout, HostConfig });
    made.push(container.id);
    await container.start();
    await eventually(async () => expect((await container.logs({ stdout: true })).toString()).toContain('begun'));
    const { socketPath } = engine.modem as unknown as { socketPath: string | (() => Promise<string>) };
    await new EngineClient(typeof socketPath === 'string' ? socketPath : await socketPath()).stop(container.id);
    expect((await container.inspect()).State.ExitCode).toBe(code);
  });
});
