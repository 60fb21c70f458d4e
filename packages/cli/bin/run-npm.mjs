import { spawn } from 'node:child_process';
import { npmError } from './npm-failure.mjs';

/** As much of npm's output is kept for the explanation of a failure, in characters. */
const KEPT = 8000;

/** Ctrl-C, or whoever stops this: nothing is wrong, and the next start goes on. */
export class Interrupted extends Error {
  message = 'Interrupted: npm was stopped. The same command picks it up again.';
  isInterruption = true;
  exitCode = 130;
}

/**
 * Runs the user's own npm, with one line that says what it does and for how long.
 * @param {string[]} words
 * @param {string} title
 * @param {string} cwd
 * @param {Record<string, string | undefined>} env
 * @param {NodeJS.Signals} [ending] what it gets when we are interrupted; by default the same signal, and its own time to put things right
 * @returns {Promise<void>} refuses with what went wrong and what to do
 */
export async function runNpm(words, title, cwd, env, ending) {
  const line = progressLine(title);
  const { code, wasStopped, output } = await collect(words, cwd, env, ending);
  line.end(code === 0);
  if (wasStopped) throw new Interrupted();
  if (code !== 0) throw npmError(words[0], code, output);
}

function collect(words, cwd, env, ending) {
  return new Promise((settle, refuse) => {
    // npm_execpath: the very npm that started us, where there is one
    const [program, ...first] = env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, env.npm_execpath] : ['npm'];
    const child = spawn(program, [...first, ...words, '--loglevel=error'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, wasStopped] = ['', false];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-KEPT)));
    // npm ends by itself then, with 1 as after an error
    const interrupt = (signal) => {
      wasStopped = true;
      child.kill(ending ?? signal);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    child.on('error', refuse);
    child.on('close', (code, signal) => {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      settle({ code, wasStopped: wasStopped || signal !== null, output });
    });
  });
}

function progressLine(title) {
  const started = Date.now();
  const isLive = process.stderr.isTTY && !process.env.CI;
  const write = (mark) =>
    process.stderr.write(
      `${isLive ? '\r' : ''}${mark} ${title} (${Math.round((Date.now() - started) / 1000)} s)${isLive && mark === '•' ? '' : '\n'}`,
    );
  write('•');
  const ticking = isLive ? setInterval(() => write('•'), 1000) : undefined;
  return {
    end(isDone) {
      clearInterval(ticking);
      write(isDone ? '✓' : '✗');
    },
  };
}
