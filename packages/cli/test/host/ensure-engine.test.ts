import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { ensureEngine, planEngine, type EngineHost } from '../../src/host/engine/ensure-engine.ts';
import type { CommandRunner } from '../../src/host/command.ts';
import { parseOsRelease } from '../../src/host/engine/install-engine.ts';
import { createProgress } from '../../src/ui/progress.ts';
import { answers } from './answers.ts';

const ENGINE = { socketPath: '/var/run/docker.sock', socketGroup: 0, version: '20.10.24', apiVersion: '1.41' };
const CANDIDATE = { stdout: '  Candidate: 1.0\n' };
const APT = { 'apt-get': {}, 'apt-cache policy': CANDIDATE };

describe('ensureEngine', () => {
  afterAll(() => rmSync(join(tmpdir(), `seaworthy-test-${process.pid}-engine-install.log`), { force: true }));

  describe('when an engine runs', () => {
    it('changes nothing', async () => {
      const { host, said } = machine({ find: async () => ({ engine: ENGINE, refusals: [], isInstalled: true }) });
      await expect(ensureEngine(progressTo(said), host)).resolves.toEqual(ENGINE);
      expect(host.run.asked).toEqual([]);
      expect(said).toEqual([]);
    });
  });

  describe('when the engine that runs is too old', () => {
    it('refuses with ENGINE_OLD, and does not replace it', async () => {
      const { host, said } = machine({
        find: async () => ({ engine: { ...ENGINE, version: '19.03.1' }, refusals: [], isInstalled: true }),
      });
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({ code: 'ENGINE_OLD' });
      expect(host.run.asked).toEqual([]);
    });
  });

  describe('when there is none, on Debian, as root, without a terminal', () => {
    it('says what it will change, installs it, starts it and records it', async () => {
      const { host, said } = machine({});
      await expect(ensureEngine(progressTo(said), host)).resolves.toEqual(ENGINE);
      expect(host.run.asked.find((line) => line.includes(' install '))).toContain('--no-install-recommends docker.io');
      expect(host.recordPackages).toHaveBeenCalledWith(expect.arrayContaining(['docker.io', 'iptables']));
      const text = said.join('');
      expect(text.indexOf('this will change on this machine')).toBeLessThan(text.indexOf('Installing the container engine'));
      expect(text).toContain('this is root: going on');
    });

    it('has said what it will change before anything begins, the installation included', async () => {
      const { host, said } = machine({});
      const plan = await planEngine(progressTo(said), host);
      expect(plan.installs).toBe(true);
      expect(said.join('')).toContain('this is root: going on');
      expect(host.run.asked).toEqual([]);
      await expect(plan.make()).resolves.toEqual(ENGINE);
    });

    it('leaves out packages that the distribution does not have, and those that are there', async () => {
      const run = answers({
        ...APT,
        'apt-cache policy docker-cli': { stdout: 'N: Unable to locate package docker-cli' },
        'dpkg-query --show --showformat=${db:Status-Status} iptables': { stdout: 'installed' },
      });
      const { host, said } = machine({ run });
      await ensureEngine(progressTo(said), host);
      expect(run.asked.find((line) => line.includes(' install '))).not.toMatch(/docker-cli|iptables/);
    });
  });

  describe('when the user says no', () => {
    it('refuses with DECLINED and has changed nothing', async () => {
      const { host, said } = machine({ consent: () => Promise.resolve(false) });
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({ code: 'DECLINED' });
      expect(host.run.asked).toEqual([]);
      expect(host.start).not.toHaveBeenCalled();
    });
  });

  describe('when it is installed and was killed', () => {
    it('starts it without installing anything', async () => {
      const { host, said } = machine({
        find: async () => ({ refusals: [{ place: '/var/run/docker.sock', reason: 'ECONNREFUSED', isChosen: false }], isInstalled: true }),
      });
      const plan = await planEngine(progressTo(said), host);
      expect(plan.installs).toBe(false);
      await expect(plan.make()).resolves.toEqual(ENGINE);
      expect(host.run.asked).toEqual([expect.stringMatching(/^dpkg-query --show .* docker\.io$/)]);
    });
  });

  describe('when an earlier installation was cut off', () => {
    it('has noted what that one was to install, so that clean can name it', async () => {
      const run = answers({ ...APT, 'apt-get --quiet -o DPkg::Lock::Timeout=180 -o Acquire::Retries=2 install': { code: 143 } });
      const { host, said } = machine({ run });
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({ code: 'HOST_NOT_READY' });
      expect(host.recordPackages).toHaveBeenCalledWith(expect.arrayContaining(['docker.io']));
    });

    it('goes on with it, though the engine’s program is there already', async () => {
      const run = answers({ ...APT, 'dpkg-query --show --showformat=${db:Status-Status} docker.io': { stdout: 'unpacked' } });
      const { host, said } = machine({ run, find: async () => ({ refusals: [], isInstalled: true }) });
      await expect(ensureEngine(progressTo(said), host)).resolves.toEqual(ENGINE);
      expect(run.asked.find((line) => line.includes(' install '))).toContain('--fix-broken --no-install-recommends docker.io');
    });

    it('has dpkg finish first, where apt-get asks for that', async () => {
      const cutOff = answers({
        ...APT,
        'apt-get': { code: 100, stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'" },
        dpkg: {},
      });
      const whole = answers(APT);
      const run: CommandRunner = (command, args, options) =>
        (cutOff.asked.includes('dpkg --configure -a') ? whole : cutOff)(command, args, options);
      const { host, said } = machine({ run: Object.assign(run, { asked: [] }) });
      await expect(ensureEngine(progressTo(said), host)).resolves.toEqual(ENGINE);
      expect(whole.asked).toContainEqual(expect.stringMatching(/^apt-get .* install /));
    });
  });

  describe('when it is installed and stopped, and this is not root', () => {
    it('says how to start it, and does nothing itself', async () => {
      const { host, said } = machine({ isRoot: false, find: async () => ({ refusals: [], isInstalled: true }) });
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({
        code: 'ENGINE_UNREACHABLE',
        remedy: expect.stringMatching(/^start it/),
      });
      expect(host.start).not.toHaveBeenCalled();
    });
  });

  describe.each([
    ['which the user may not use', 'EACCES'],
    ['on another machine', 'REMOTE'],
    ['that DOCKER_HOST names and that does not answer', 'ECONNREFUSED'],
  ])('when there is an engine %s', (_, reason) => {
    it('leaves it alone: that is the choice of the user', async () => {
      const { host, said } = machine({
        find: async () => ({
          refusals: [{ place: 'unix:///run/theirs.sock', reason, isChosen: reason === 'ECONNREFUSED' }],
          isInstalled: true,
        }),
      });
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({ found: expect.stringContaining('theirs.sock') });
      expect(host.start).not.toHaveBeenCalled();
    });
  });

  describe.each([
    ['not root', { isRoot: false }],
    ['another distribution', { distribution: () => parseOsRelease('ID=fedora\nPRETTY_NAME="Fedora 44"') }],
    ['macOS', { distribution: () => parseOsRelease('') }],
  ])('when it is %s', (_, given) => {
    it('says exactly what to install, and changes nothing', async () => {
      const { host, said } = machine(given);
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({
        code: 'ENGINE_MISSING',
        remedy: expect.stringContaining('dnf install moby-engine'),
      });
      expect(host.run.asked).toEqual([]);
    });
  });

  describe.each([
    ['the mirror is down', 'Err:1 http://mirror.test Could not connect to mirror.test:80', 'NETWORK_UNREACHABLE'],
    ['there is no space', "E: You don't have enough free space in /var/cache/apt/archives/.", 'NO_SPACE'],
    ['another apt runs', 'E: Could not get lock /var/lib/dpkg/lock-frontend', 'BUSY'],
    ['the index is expired', 'E: Release file for http://mirror.test is expired', 'ARCHIVE_REFUSED'],
    ['the index is wrongly signed', 'W: GPG error: the repository is not signed', 'ARCHIVE_REFUSED'],
    ['an installation was cut short', 'E: dpkg was interrupted, you must manually run dpkg', 'HOST_NOT_READY'],
  ])('when %s', (_, stderr, code) => {
    it(`refuses with ${code}, what apt-get said, and the place of its log`, async () => {
      const { host, said } = machine({ run: answers({ ...APT, 'apt-get': { code: 100, stderr } }) });
      await expect(ensureEngine(progressTo(said), host)).rejects.toMatchObject({
        code,
        remedy: expect.stringContaining('engine-install.log'),
      });
    });
  });
});

function machine(given: Partial<EngineHost>): { host: EngineHost & { run: ReturnType<typeof answers> }; said: string[] } {
  const host = {
    run: answers(APT),
    find: async () => ({ refusals: [], isInstalled: false }),
    start: jest.fn(async () => ENGINE),
    distribution: () => parseOsRelease('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"'),
    isRoot: true,
    consent: () => undefined,
    recordPackages: jest.fn(),
    logFile: (name: string) => join(tmpdir(), `seaworthy-test-${process.pid}-${name}`),
    ...given,
  };
  return { host: host as unknown as EngineHost & { run: ReturnType<typeof answers> }, said: [] };
}

function progressTo(said: string[]): ReturnType<typeof createProgress> {
  return createProgress({ stream: { write: (text: string) => said.push(text) > 0 }, interactive: false });
}
