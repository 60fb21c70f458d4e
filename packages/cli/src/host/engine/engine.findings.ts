import type { Finding } from '../findings/finding.ts';
import type { EngineSearch } from './engine.ts';

/** What the hardened profile needs first appeared there (and it is what Debian 12 has). */
const OLDEST = [20, 10] as const;
const EXPECTED = `a container engine (docker ${OLDEST.join('.')} or later) on this machine`;

const START = 'start it: sudo systemctl start docker; with Docker Desktop or colima: start that';
const START_INSTALLED =
  'start it: sudo systemctl start docker; without systemd: sudo service docker start (or run npm start as root, which does that for you)';

/** What the search for an engine means for a start. */
export function examineEngine({ engine, refusals, isInstalled }: EngineSearch): Finding {
  if (engine)
    return isTooOld(engine.version)
      ? tooOld(engine.version)
      : { id: 'engine', level: 'ok', expected: EXPECTED, found: `${engine.version} at ${engine.socketPath}` };
  const [first] = refusals;
  if (!first) return isInstalled ? unreachable('docker, which is installed and does not run', START_INSTALLED) : missing('none', INSTALL);
  if (first.reason === 'REMOTE')
    return missing(
      `${first.place}, which is not on this machine`,
      'unset DOCKER_HOST, or docker context use default: the platform publishes on loopback only',
    );
  if (first.reason === 'EACCES')
    return unreachable(
      `${first.place}, which your user may not use`,
      'sudo usermod -aG docker "$USER", log in again, and start again (members of that group are root on this machine)',
    );
  return unreachable(
    `${first.place}${first.isChosen ? ', which DOCKER_HOST names' : ''}, where no engine answers (${first.reason})`,
    first.isChosen ? `unset DOCKER_HOST, or ${START}` : START,
  );
}

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function tooOld(version: string): Finding {
  return {
    id: 'engine',
    level: 'error',
    code: 'ENGINE_OLD',
    expected: EXPECTED,
    found: `docker ${version}`,
    remedy: 'update it from your distribution, or see https://docs.docker.com/engine/install/',
  };
}

function unreachable(found: string, remedy: string): Finding {
  return { id: 'engine', level: 'error', code: 'ENGINE_UNREACHABLE', expected: EXPECTED, found, remedy };
}

function missing(found: string, remedy: string): Finding {
  return { id: 'engine', level: 'error', code: 'ENGINE_MISSING', expected: EXPECTED, found, remedy };
}

export const INSTALL =
  'Debian, Ubuntu: sudo apt-get install docker.io (or run npm start as root, which does that for you)\n' +
  'Fedora: sudo dnf install moby-engine && sudo systemctl start docker\n' +
  'macOS: brew install colima docker && colima start, or Docker Desktop\n' +
  'others: https://docs.docker.com/engine/install/';
