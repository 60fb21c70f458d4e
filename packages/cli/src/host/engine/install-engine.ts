import { appendFileSync } from 'node:fs';
import { UserError } from '../../errors.ts';
import type { CommandOptions, CommandRunner } from '../command.ts';
import { interrupted } from '../interrupt.ts';

/** Debian and Ubuntu call the engine this; the second holds its client where the first has it no longer inside (Debian 13). */
const ENGINE_PACKAGES = ['docker.io', 'docker-cli'] as const;
const ALWAYS = ['iptables', 'ca-certificates'];
/** Another apt may be at work (unattended upgrades): wait that long for it, in seconds. */
const LOCK_PATIENCE = 180;

export interface Distribution {
  /** ID and ID_LIKE of os-release(5) */
  readonly ids: readonly string[];
  readonly name: string;
}

export function parseOsRelease(text: string): Distribution {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]?.replaceAll(/^["']|["']$/g, '') ?? '';
  return { ids: [field('ID'), ...field('ID_LIKE').split(' ')].filter(Boolean), name: field('PRETTY_NAME') || 'an unknown system' };
}

/** Only where apt-get installs what we tried. */
export function canInstall({ ids }: Distribution, isRoot: boolean): boolean {
  return isRoot && (ids.includes('debian') || ids.includes('ubuntu'));
}

/** What will be installed. AppArmor's parser only where the kernel has AppArmor: containers then get the engine's profile. */
export function enginePackages({ appArmor, cgroupsMounted }: { readonly appArmor: boolean; readonly cgroupsMounted: boolean }): string[] {
  return [...ENGINE_PACKAGES, ...ALWAYS, ...(appArmor ? ['apparmor'] : []), ...(cgroupsMounted ? [] : ['cgroupfs-mount'])];
}

export interface InstallOptions {
  readonly run: CommandRunner;
  /** everything that apt-get says goes there */
  readonly logFile: string;
  readonly onLine: (line: string) => void;
  /** called with what will be installed, before it is */
  readonly record: (packages: readonly string[]) => void;
}

/** Whether an installation of the engine was cut off: its program may be there already, and what it needs not yet. */
export async function isHalfInstalled(run: CommandRunner): Promise<boolean> {
  return ['half-installed', 'unpacked', 'half-configured'].includes(await statusOf(ENGINE_PACKAGES[0], run));
}

/** dpkg-query(1), db:Status-Status; nothing for a package that dpkg does not know, and where there is no dpkg. */
async function statusOf(name: string, run: CommandRunner): Promise<string> {
  const { code, stdout } = await run('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]);
  return code === 0 ? stdout.trim() : '';
}

/** Installs them from the distribution's own archive. @returns those that were installed */
export async function installPackages(packages: readonly string[], options: InstallOptions): Promise<string[]> {
  await apt(['update'], options);
  const known: string[] = [];
  for (const name of packages) {
    const policy = await options.run('apt-cache', ['policy', name], { env: APT_ENVIRONMENT });
    const candidate = /Candidate: (\S+)/.exec(policy.stdout)?.[1];
    if (candidate && candidate !== '(none)' && (await statusOf(name, options.run)) !== 'installed') known.push(name);
  }
  if (known.length === 0) return [];
  options.record(known);
  await apt(['install', '--yes', '--fix-broken', '--no-install-recommends', ...known], options);
  return known;
}

async function apt(words: readonly string[], { run, logFile, onLine }: InstallOptions): Promise<void> {
  const write: CommandOptions['onLine'] = (line) => {
    appendFileSync(logFile, `${line}\n`);
    if (line.trim()) onLine(line.slice(0, 60));
  };
  const options: CommandOptions = { env: APT_ENVIRONMENT, onLine: write, finish: true };
  const attempt = async (): Promise<string | undefined> => {
    const args = ['--quiet', '-o', `DPkg::Lock::Timeout=${LOCK_PATIENCE}`, '-o', 'Acquire::Retries=2', ...words];
    const { code, stdout, stderr } = await run('apt-get', args, options);
    interrupted.throwIfAborted();
    return code === 0 ? undefined : `${stdout}\n${stderr}`;
  };
  let failure = await attempt();
  if (failure !== undefined && WAS_CUT_OFF.test(failure)) {
    // apt-get leaves to its user what it asks for itself; whether it was enough, it says
    await run('dpkg', ['--configure', '-a'], options);
    failure = await attempt();
  }
  if (failure !== undefined) throw explain(words[0] ?? '', failure, logFile);
}

const WAS_CUT_OFF = /dpkg was interrupted/;
const APT_ENVIRONMENT = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', LC_ALL: 'C' };

function explain(verb: string, output: string, logFile: string): UserError {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output)) ?? OTHER;
  const reasons = output
    .split('\n')
    .filter((line) => /^(E|Err|W):/.test(line))
    .slice(-3)
    .join('; ');
  return new UserError({
    code: cause.code,
    message: `apt-get ${verb} failed`,
    expected: "the container engine from the distribution's archive",
    found: reasons ? `${cause.found}: ${reasons}` : cause.found,
    remedy: `${cause.remedy}\nall that apt-get said is in ${logFile}`,
  });
}

const CAUSES = [
  {
    pattern: /No space left on device|You don't have enough free space/,
    code: 'NO_SPACE',
    found: 'no space left',
    remedy: 'free 1 GB below /var, and start again',
  },
  {
    pattern: /Could not get lock|Unable to acquire the dpkg/,
    code: 'BUSY',
    found: 'another apt-get is running',
    remedy: 'wait until it is done, and start again',
  },
  {
    pattern: /not valid yet|is expired|Release file .* expired/,
    code: 'ARCHIVE_REFUSED',
    found: 'an index that is expired or from the future',
    remedy: 'check the clock (date), or use another mirror; an expired index is never accepted',
  },
  {
    pattern: /NO_PUBKEY|not signed|BADSIG|EXPKEYSIG/,
    code: 'ARCHIVE_REFUSED',
    found: 'an index that is not rightly signed',
    remedy: 'use another mirror in /etc/apt, and start again; it is never accepted',
  },
  {
    pattern:
      /Temporary failure resolving|Could not resolve|Could not connect|Connection (timed out|refused|failed)|Failed to fetch|Unable to connect/,
    code: 'NETWORK_UNREACHABLE',
    found: 'the mirror does not answer',
    remedy: "check the network, the mirror in /etc/apt and apt's proxy, and start again",
  },
  {
    pattern: WAS_CUT_OFF,
    code: 'HOST_NOT_READY',
    found: 'an installation that was cut short',
    remedy: 'dpkg --configure -a, and start again',
  },
  {
    pattern: /Unable to locate package|has no installation candidate/,
    code: 'ENGINE_MISSING',
    found: 'an archive without that package',
    remedy: "add the distribution's main archive (Ubuntu: universe) to /etc/apt, and start again",
  },
] as const;
const OTHER = { code: 'HOST_NOT_READY', found: 'an error of apt-get', remedy: 'mend what it says, and start again' } as const;
