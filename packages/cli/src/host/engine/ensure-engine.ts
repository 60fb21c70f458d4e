import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { UserError } from '../../errors.ts';
import { agree, askUser, type Consent } from '../../ui/agree.ts';
import type { Progress } from '../../ui/progress.ts';
import { runCommand, type CommandRunner } from '../command.ts';
import { assertNoErrors } from '../findings/finding.ts';
import { readHostRecord, recordChange } from '../host-record.ts';
import { statePath } from '../paths.ts';
import { examineEngine, INSTALL } from './engine.findings.ts';
import { findEngine, type Engine, type EngineSearch } from './engine.ts';
import { canInstall, enginePackages, installPackages, isHalfInstalled, parseOsRelease, type Distribution } from './install-engine.ts';
import { startEngine } from './start-engine.ts';

/** What the decision rests on; a test answers in its place. */
export interface EngineHost {
  readonly run: CommandRunner;
  readonly find: () => Promise<EngineSearch>;
  readonly start: (logFile: string) => Promise<Engine>;
  readonly distribution: () => Distribution;
  readonly isRoot: boolean;
  readonly consent: Consent;
  readonly recordPackages: (packages: readonly string[]) => void;
  /** where a log of that name goes */
  readonly logFile: (name: string) => string;
}

/** How an engine is come by, once nobody has to be asked any more. */
export interface EnginePlan {
  /** whether it has to be installed, which takes a while */
  readonly installs: boolean;
  /** @throws UserError NETWORK_UNREACHABLE, NO_SPACE, ENGINE_UNREACHABLE … */
  readonly make: () => Promise<Engine>;
}

/**
 * The engine that answers; where there is none, the distribution's, installed and started by root on Debian and Ubuntu.
 * Says what it will change before it changes it; with a terminal it asks.
 * @throws UserError as {@link planEngine} and {@link EnginePlan.make}
 */
export async function ensureEngine(progress: Progress, host: EngineHost = realHost): Promise<Engine> {
  const plan = await planEngine(progress, host);
  return plan.make();
}

/**
 * Looks for the engine, and where one has to be installed or started gets the user's consent to it.
 * @throws UserError ENGINE_MISSING, ENGINE_OLD, ENGINE_UNREACHABLE, DECLINED
 */
export async function planEngine(progress: Progress, host: EngineHost = realHost): Promise<EnginePlan> {
  const search = await host.find();
  const { engine } = search;
  if (engine) {
    assertNoErrors([examineEngine(search)]);
    return { installs: false, make: async () => engine };
  }
  const isInstalled = search.isInstalled && !(await isHalfInstalled(host.run));
  if (!isMendable({ ...search, isInstalled }, host)) throw nothingToDo(search, host);
  const packages = isInstalled ? [] : enginePackages({ appArmor: existsSync('/sys/module/apparmor'), cgroupsMounted: hasCgroups() });
  await agree(
    {
      why: 'No container engine runs here.',
      changes: changes(packages),
      unasked: 'Nobody is there to be asked, and this is root: going on.',
      otherwise: `start again and say yes, or install an engine yourself:\n${INSTALL}`,
    },
    progress,
    host.consent,
  );
  return { installs: packages.length > 0, make: async () => makeEngine(packages, progress, host) };
}

async function makeEngine(packages: readonly string[], progress: Progress, host: EngineHost): Promise<Engine> {
  if (packages.length > 0) {
    await progress.stage('Installing the container engine', async (stage) => {
      const installed = await installPackages(packages, {
        run: host.run,
        logFile: host.logFile('engine-install.log'),
        onLine: (line) => stage.update(line),
        record: host.recordPackages,
      });
      stage.update(installed.join(', '));
    });
  }
  return progress.stage('Starting the container engine', async (stage) => {
    const engine = await host.start(host.logFile('dockerd.log'));
    assertNoErrors([examineEngine({ engine, refusals: [], isInstalled: true })]);
    stage.update(`docker ${engine.version}`);
    return engine;
  });
}

/** A remote engine, a forbidden socket or one that DOCKER_HOST names is the user's own choice: leave it alone. */
function isMendable({ refusals, isInstalled }: EngineSearch, host: EngineHost): boolean {
  if (refusals.some(({ reason, isChosen }) => isChosen || reason === 'REMOTE' || reason === 'EACCES')) return false;
  return isInstalled ? host.isRoot : canInstall(host.distribution(), host.isRoot);
}

function nothingToDo(search: EngineSearch, host: EngineHost): UserError {
  const { expected, found, remedy, code } = examineEngine(search);
  const where = search.refusals.length > 0 ? found : `${found} (${host.distribution().name}${host.isRoot ? '' : ', not root'})`;
  return new UserError({
    code: code ?? 'ENGINE_MISSING',
    message: 'There is no container engine to work with',
    expected,
    found: where,
    remedy: remedy ?? INSTALL,
  });
}

function changes(packages: readonly string[]): string[] {
  const start = existsSync('/run/systemd/system')
    ? 'start docker.service by systemd'
    : 'start dockerd in a session of its own (log: .seaworthy/dockerd.log); npm run clean stops it';
  return packages.length === 0
    ? [start]
    : [`install from the distribution's archive, where missing: ${packages.join(', ')}, and what these need`, start];
}

function hasCgroups(): boolean {
  return existsSync('/sys/fs/cgroup') && readdirSync('/sys/fs/cgroup').length > 0;
}

const realHost: EngineHost = {
  run: runCommand,
  logFile: (name) => statePath(name),
  find: () => findEngine(),
  start: (logFile) => startEngine(logFile),
  distribution: () => parseOsRelease(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''),
  isRoot: process.getuid?.() === 0,
  consent: askUser,
  recordPackages: (packages) => recordChange({ packages: [...new Set([...(readHostRecord().packages ?? []), ...packages])] }),
};
