import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processStart } from '../../bin/process-lock.mjs';
import { OWN_COMPOSE } from '../../src/host/compose/compose.ts';
import { describePackages, stopOwnEngine, unlinkComposePlugin } from '../../src/remove/remove-host-changes.ts';

describe('stopOwnEngine', () => {
  let engine: ChildProcess;
  let pid: number;
  beforeEach(() => {
    engine = spawn('sleep', ['300'], { stdio: 'ignore' });
    pid = engine.pid ?? 0;
  });
  afterEach(() => void engine.kill('SIGKILL'));

  it('ends the engine that we started, and waits until it is gone', async () => {
    const ended = once(engine, 'exit');
    await expect(stopOwnEngine({ engine: { pid, started: processStart(pid) ?? '' } })).resolves.toMatch(/^stopped/);
    expect(processStart(pid)).toBeUndefined();
    await expect(ended).resolves.toEqual([null, 'SIGTERM']);
  });

  it('leaves alone another process that has its number by now', async () => {
    await expect(stopOwnEngine({ engine: { pid, started: 'before that' } })).resolves.toBeUndefined();
    expect(processStart(pid)).toBeDefined();
  });

  it('says nothing where we started none, or it is gone', async () => {
    await expect(stopOwnEngine({})).resolves.toBeUndefined();
    const started = processStart(pid) ?? '';
    const ended = once(engine, 'exit');
    engine.kill('SIGKILL');
    await ended;
    await expect(stopOwnEngine({ engine: { pid, started } })).resolves.toBeUndefined();
  });
});

describe('unlinkComposePlugin', () => {
  let folder: string;
  let composePlugin: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-plugin-'));
    composePlugin = join(folder, 'docker-compose');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes away our link, where it leads to what is gone, too', () => {
    symlinkSync(OWN_COMPOSE, composePlugin);
    expect(unlinkComposePlugin({ composePlugin })).toContain(composePlugin);
    expect(unlinkComposePlugin({ composePlugin })).toBeUndefined();
  });

  it('takes away the folders made for it, as far as nothing else is in them', () => {
    const [outer, inner] = [join(folder, '.docker'), join(folder, '.docker/cli-plugins')];
    composePlugin = join(inner, 'docker-compose');
    const unlink = (): string | undefined => {
      mkdirSync(inner, { recursive: true });
      symlinkSync(OWN_COMPOSE, composePlugin);
      return unlinkComposePlugin({ composePlugin, folders: [inner, outer] });
    };
    expect(unlink()).toBe(`removed ${composePlugin}, ${inner}, ${outer}`);
    expect(readdirSync(folder)).toEqual([]);
    mkdirSync(outer);
    writeFileSync(join(outer, 'config.json'), 'theirs');
    expect(unlink()).toBe(`removed ${composePlugin}, ${inner}`);
    expect(readdirSync(outer)).toEqual(['config.json']);
  });

  it('leaves alone what somebody put in its place', () => {
    writeFileSync(composePlugin, 'theirs');
    expect(unlinkComposePlugin({ composePlugin })).toBeUndefined();
    rmSync(composePlugin);
    symlinkSync(folder, composePlugin);
    expect(unlinkComposePlugin({ composePlugin })).toBeUndefined();
    expect(existsSync(composePlugin)).toBe(true);
  });
});

describe('describePackages', () => {
  it('names what stays, with the command that removes it', () => {
    expect(describePackages({ packages: ['docker.io', 'iptables'] })).toContain('apt-get purge --autoremove docker.io iptables');
    expect(describePackages({})).toBeUndefined();
  });
});
