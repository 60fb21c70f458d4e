import { execFile, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { buildImage, exportDockerArchive, OwnImages } from '../src/index.ts';
import type { BuiltImage } from '../src/index.ts';

/** The repository's own images, and the state that it shares with `npm start`. */
export const ROOT = resolve(import.meta.dirname, '../../..');
export const REPOSITORY = {
  imagesDir: join(ROOT, 'infra/images'),
  cacheDir: join(ROOT, '.seaworthy/cache'),
  outDir: join(ROOT, '.seaworthy/images'),
};

export async function builtImage(name: string): Promise<BuiltImage> {
  return buildImage({ ...REPOSITORY, name });
}

/** Of all that a test makes: `npm test` and `npm run clean` remove what a killed one left. */
export const LABEL = `--label=${OWNER_LABEL}=${testProject('images', process.pid)}`;

/** What a container of the platform gets, whatever its tier. */
const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges', '--user=65532:65532', '--pids-limit=128', LABEL];

export interface Run {
  code: number;
  output: string;
}

/** Runs the docker client; the output is both of its streams. Ends after a minute at most. */
export async function docker(...args: string[]): Promise<Run> {
  return new Promise((done) => {
    execFile('docker', args, { timeout: 60_000 }, (error, stdout, stderr) => {
      done({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

/** One run of an image as the platform runs it. */
export async function runHardened(image: string, options: string[], command: string[] = []): Promise<Run> {
  return docker('run', '--rm', ...HARDENED, ...options, image, ...command);
}

/** A container of an image as the platform runs it, in the background; `stop` removes it. */
export async function startHardened(
  image: string,
  options: string[],
  command: string[] = [],
): Promise<{ id: string; stop: () => Promise<void> }> {
  const { stdout } = await promisify(execFile)('docker', ['run', '--detach', ...HARDENED, ...options, image, ...command]);
  const id = stdout.trim();
  return {
    id,
    stop: async () => {
      await docker('rm', '--force', '--volumes', id);
    },
  };
}

/** Loads an image into the engine, by its id alone, and gives the id that the engine says. `npm run clean` removes it. */
export async function load(layoutDir: string): Promise<{ expected: string; found: string }> {
  const { archive, imageId } = await exportDockerArchive(layoutDir);
  if ((await docker('inspect', imageId)).code !== 0) new OwnImages({ sharedDir: join(ROOT, '.seaworthy') }).add(imageId);
  const client = spawn('docker', ['load', '--quiet'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = new Promise((done) => {
    client.once('close', done);
  });
  await pipeline(archive, client.stdin);
  await ended;
  return { expected: imageId, found: (await docker('inspect', '--format={{.Id}}', imageId)).output.trim() };
}

/** Asks again until the answer is the expected one, for a minute. */
export async function eventually(ask: () => Promise<Run>, isGood: (run: Run) => boolean): Promise<Run> {
  const end = Date.now() + 60_000;
  for (;;) {
    const run = await ask();
    if (isGood(run) || Date.now() > end) return run;
    await new Promise((resume) => {
      setTimeout(resume, 200);
    });
  }
}
