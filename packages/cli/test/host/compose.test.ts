import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImageError } from '@seaworthy/images';
import { examineCompose, findCompose } from '../../src/host/compose/compose.ts';
import { ensureCompose, linkPlugin } from '../../src/host/compose/ensure-compose.ts';
import { runCommand, type CommandRunner } from '../../src/host/command.ts';
import { readHostRecord } from '../../src/host/host-record.ts';
import { createProgress } from '../../src/ui/progress.ts';
import { answers } from './answers.ts';

describe('findCompose', () => {
  const none = '/nonexistent';
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-compose-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prefers the plugin of the user', async () => {
    const run = answers({ 'docker compose version': { stdout: '2.40.1\n' }, 'docker-compose version': { stdout: '2.26.1\n' } });
    await expect(findCompose(run, none, none)).resolves.toEqual({ command: ['docker', 'compose'], version: '2.40.1' });
  });

  it('goes on with the one that it fetched before', async () => {
    const own = join(folder, 'docker-compose');
    writeFileSync(own, '');
    const run = answers({ [`${own} version`]: { stdout: '2.26.1' }, 'docker compose version': { stdout: '2.40.1' } });
    await expect(findCompose(run, own, none)).resolves.toEqual({ command: [own], version: '2.26.1' });
  });

  it('does not count on what vanishes when another clone is cleaned', async () => {
    const [plugin, theirs] = [join(folder, 'plugin'), join(folder, 'theirs/.seaworthy/bin/docker-compose')];
    mkdirSync(join(folder, 'theirs/.seaworthy/bin'), { recursive: true });
    writeFileSync(theirs, '');
    symlinkSync(theirs, plugin);
    const run = answers({ 'docker compose version': { stdout: '2.40.1' } });
    await expect(findCompose(run, none, plugin)).resolves.toBeUndefined();
  });

  it.each(['1.29.2', '2.19.1', ''])('does not take %p', async (stdout) => {
    const run = answers({ 'docker-compose version': { stdout } });
    const found = await findCompose(run, none, none);
    expect(found).toBeUndefined();
    expect(examineCompose(found)).toMatchObject({ level: 'warning' });
  });

  it('takes v5, and versions with a v', async () => {
    const run = answers({ 'docker-compose version': { stdout: 'v5.0.1' } });
    await expect(findCompose(run, none, none)).resolves.toMatchObject({ version: '5.0.1' });
  });
});

describe('ensureCompose', () => {
  let folder: string;
  let own: string;
  let plugin: string;
  let record: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-compose-'));
    [own, plugin, record] = [
      join(folder, '.seaworthy/bin/docker-compose'),
      join(folder, 'plugins/docker-compose'),
      join(folder, 'host.json'),
    ];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A machine without compose, on which what was fetched really runs. */
  const none: CommandRunner = async (program, args, options) =>
    program === own ? runCommand(program, args, options) : { code: 127, stdout: '', stderr: '' };
  const ensure = async (fetch: () => Promise<string>, run = none) => {
    const said: string[] = [];
    const progress = createProgress({ stream: { write: (text: string) => said.push(text) > 0 }, interactive: false });
    const program = async () => ({ bytes: Buffer.from(await fetch()), version: '2.26.1-4', source: 'lock' as const });
    const command = await ensureCompose(progress, { run, fetch: program, own, plugin, record });
    return { command, said: said.join('') };
  };
  const fetched = async (): Promise<string> => '#!/bin/sh\necho "2.26.1 for $*"\n';

  it('fetches nothing where there is one', async () => {
    const run = answers({ 'docker compose version': { stdout: '2.40.1' } });
    expect(await ensure(async () => Promise.reject(new Error('fetched')), run)).toEqual({ command: ['docker', 'compose'], said: '' });
    expect(existsSync(own)).toBe(false);
  });

  it('fetches one where there is none, keeps it so that it runs, and lets docker find it', async () => {
    expect(await ensure(fetched)).toMatchObject({ command: [own], said: expect.stringContaining('2.26.1-4') });
    expect((await runCommand(plugin, ['compose', 'ps'])).stdout).toBe('2.26.1 for compose ps\n');
    expect(readHostRecord(record)).toEqual({ composePlugin: plugin, folders: [join(plugin, '..')] });
  });

  it('fetches it once', async () => {
    await ensure(fetched);
    expect(await ensure(async () => Promise.reject(new Error('fetched again')))).toEqual({ command: [own], said: '' });
  });

  it('keeps and links nothing of one that was refused', async () => {
    const refusal = new ImageError({ code: 'PACKAGE_ALTERED', message: 'another' });
    await expect(ensure(async () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect([own, plugin, record].filter((path) => existsSync(path))).toEqual([]);
  });

  it('refuses with COMPOSE_MISSING where the fetched one does not run, and names packages', async () => {
    await expect(ensure(async () => '#!/bin/sh\nexit 1\n')).rejects.toMatchObject({
      code: 'COMPOSE_MISSING',
      remedy: expect.stringContaining('docker-compose'),
    });
  });

  it('goes on where docker’s folder cannot be written, and says what to type instead', async () => {
    plugin = '/dev/null/cli-plugins/docker-compose';
    expect(await ensure(fetched)).toMatchObject({ command: [own], said: expect.stringContaining(`${own} ps does the same`) });
  });

  describe('the link for docker', () => {
    const linked = (target: string): string => {
      mkdirSync(join(plugin, '..'), { recursive: true });
      symlinkSync(target, plugin);
      linkPlugin({ own, plugin, record });
      return readlinkSync(plugin);
    };

    it('takes the place of one into a clone that is gone', () => {
      expect(linked('/gone/.seaworthy/bin/docker-compose')).toBe(own);
    });

    it('leaves one into another clone that is there', () => {
      const theirs = join(folder, 'theirs/.seaworthy/bin/docker-compose');
      mkdirSync(join(theirs, '..'), { recursive: true });
      writeFileSync(theirs, '');
      expect(linked(theirs)).toBe(theirs);
    });

    it.each(['../docker-compose', '/not/mounted/docker-compose'])('leaves one of the user’s, wherever it leads: %s', (target) => {
      writeFileSync(join(folder, 'docker-compose'), '');
      expect(linked(target)).toBe(target);
      expect(readHostRecord(record)).toEqual({});
    });

    it('leaves a plugin that the user has put there', () => {
      mkdirSync(join(plugin, '..'), { recursive: true });
      writeFileSync(plugin, 'theirs');
      linkPlugin({ own, plugin, record });
      expect(lstatSync(plugin).isFile() && readFileSync(plugin, 'utf8')).toBe('theirs');
    });
  });
});
