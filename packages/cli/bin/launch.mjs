import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, dependenciesAreInstalled } from './dependencies.mjs';
import { networkEnvironment } from './npm-network.mjs';
import { notWritable } from './writable.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const MAIN = join(ROOT, 'packages/cli/src/main.ts');
/** TypeScript runs without a build step, and proxies are honoured, from this release on. */
const NODE_OF_THE_PLATFORM = 24;

/**
 * Installs what package-lock.json names when it is not there, then runs the command with the repository's own Node.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function launch(args) {
  const installed = dependenciesAreInstalled(ROOT);
  if (!installed && asksForHelp(args)) return showUsage();
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).error) {
    throw new Error(
      'expected git on the PATH\n  found    none\n  do       install git (Debian, Ubuntu: apt-get install git) and start again',
    );
  }
  const environment = networkEnvironment(process.env);
  if (!installed) {
    refuseForeign(join(ROOT, '.seaworthy'));
    await installDependencies(ROOT, environment);
  }
  return execute(pinnedNode(), ['--disable-warning=ExperimentalWarning', MAIN, ...args], environment);
}

function refuseForeign(folder) {
  const reason = notWritable(folder);
  if (reason) throw new Error(`expected ${reason.expected}\n  found    ${reason.found}\n  do       ${reason.remedy}`);
}

function asksForHelp(args) {
  return args.length === 0 || ['help', '--help', '-h'].includes(args[0]);
}

function showUsage() {
  const commands = Object.entries(JSON.parse(readFileSync(join(ROOT, 'packages/cli/commands.json'), 'utf8')));
  const lines = commands.map(([name, summary]) => `  npm run ${name.padEnd(8)} ${summary}`);
  process.stdout.write(
    `Seaworthy: a reference platform for secure microservices in containers\n\n${lines.join('\n')}\n\nMore of each: npm run <command> -- --help\n`,
  );
  return 0;
}

/** The Node that package-lock.json pins by integrity; where it has no build for this machine, the user's own if it is new enough. */
function pinnedNode() {
  const pinned = join(ROOT, 'node_modules/.bin/node');
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= NODE_OF_THE_PLATFORM) return process.execPath;
  throw new Error(
    `expected Node ${NODE_OF_THE_PLATFORM} for ${process.platform}-${process.arch}\n  found    no pinned build for it, and your own is ${process.versions.node}\n  do       install Node ${NODE_OF_THE_PLATFORM} or later and start again`,
  );
}

/** Runs in the foreground; signals reach the child, its exit code becomes ours. */
function execute(command, args, env) {
  return new Promise((settle, refuse) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        // a terminal has already given Ctrl-C to the whole process group
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.on('error', refuse);
    child.on('exit', (code, signal) => settle(code ?? 128 + constants.signals[signal]));
  });
}
