import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCommand, type CommandRunner } from '../../src/host/command.ts';
import { startWithSystemd } from '../../src/host/engine/start-engine.ts';
import { answers } from './answers.ts';

const REFUSED = 'Failed to start docker.service: Unit docker.service is masked.';

describe('an engine that systemd starts', () => {
  const before = process.env['DOCKER_HOST'];
  let folder: string;
  let socket: string;
  let engine: Server;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-systemd-'));
    socket = join(folder, 'engine.sock');
    process.env['DOCKER_HOST'] = `unix://${socket}`;
    engine = createServer((_request, response) => response.end('{"Version":"28.2.2","ApiVersion":"1.50"}'));
    await new Promise<void>((settle) => engine.listen(join(folder, 'hidden.sock'), settle));
  });
  afterEach(() => {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
    engine.close();
    rmSync(folder, { recursive: true });
  });

  /** The machine's `systemctl` in its place is a script; what it is told is in `$*`. */
  const play = (script: string): CommandRunner => {
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    return (command, words, options) => runCommand(command, words, { ...options, env });
  };

  it('is used as soon as it answers', async () => {
    const run = play(`[ "$*" = 'start docker.service' ] && ln -s hidden.sock '${socket}'`);
    await expect(startWithSystemd(run)).resolves.toMatchObject({ socketPath: socket, version: '28.2.2' });
  });

  it.each([
    ['systemd refuses, in its own words', `echo '${REFUSED}' >&2; exit 1`, REFUSED],
    ['systemd refuses without a word', 'exit 4', 'systemctl start docker.service ended with 4'],
  ])('is given up when %s', async (_, script, found) => {
    await expect(startWithSystemd(play(script))).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      found,
      remedy: expect.stringContaining('journalctl -u docker'),
    });
  });

  it('is given up when systemd does not come to an end', async () => {
    await expect(startWithSystemd(play('exec sleep 300'), 200)).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      found: 'systemctl start docker.service ended with 143: it was not done within 0.2 s',
      remedy: expect.stringContaining('journalctl -u docker'),
    });
  });

  it('is given up when it was started and does not answer', async () => {
    await expect(startWithSystemd(answers({ systemctl: {} }), 200)).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      found: expect.stringMatching(/^no answer within 0.2 s: systemd started it, and it does not answer; journalctl/),
    });
  });
});
