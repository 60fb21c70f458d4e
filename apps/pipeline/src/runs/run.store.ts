import { EventEmitter, once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERDICT_LIFE } from '@seaworthy/contracts';
import { isFinished, Run } from './run.ts';

const KEPT = 200;

/** Runs as files in a volume, one each, written whole: after a crash each is as it was, or as it is. */
export class RunStore {
  readonly #directory: string;
  readonly #runs = new Map<string, Run>();
  readonly #changes = new EventEmitter({ captureRejections: true }).setMaxListeners(0);

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
    for (const file of readdirSync(directory).filter((name) => name.endsWith('.json'))) {
      const run = Run.safeParse(parseJson(readFileSync(join(directory, file), 'utf8')));
      if (run.success) this.#runs.set(run.data.id, run.data);
    }
  }

  find(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  /** Newest first; of two of the same millisecond, the one that came later. */
  list(): Run[] {
    return [...this.#runs.values()].toReversed().toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** The newest run of a commit for this purpose that succeeded or may still; one so old that its verdicts want to be renewed is none. */
  usableRunOf(commit: string, purpose: Run['purpose']): Run | undefined {
    return this.list().find((run) => run.commit === commit && run.purpose === purpose && run.state !== 'failed' && isFresh(run));
  }

  /** The commit of the newest release: what a later one is compared with. */
  lastReleased(): string | undefined {
    return this.#lastRelease()?.commit;
  }

  /** Writes a run down, and shows it. @throws where it cannot be written; it is shown as it was, then */
  save(run: Run): void {
    const file = join(this.#directory, `${run.id}.json`);
    writeFileSync(`${file}.new`, `${JSON.stringify(run, undefined, 2)}\n`);
    renameSync(`${file}.new`, file);
    this.show(run);
    this.#forgetOldest();
  }

  /** Shows a run as it is, without writing it down. */
  show(run: Run): void {
    this.#runs.set(run.id, run);
    this.#changes.emit('change', run.id);
  }

  /** Each state of a run, from now until it is finished or the signal says so. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<Run> {
    for (let last = ''; !signal.aborted;) {
      const run = this.#runs.get(id);
      if (!run) return;
      const state = JSON.stringify(run);
      if (state !== last) yield run;
      last = state;
      if (isFinished(run)) return;
      if (JSON.stringify(this.#runs.get(id)) === last) await once(this.#changes, 'change', { signal }).catch(() => undefined);
    }
  }

  /** By their end, not by their beginning: the operator's run overtakes those that wait. */
  #lastRelease(): Run | undefined {
    return this.list()
      .filter(({ purpose, state }) => purpose === 'release' && state === 'succeeded')
      .toSorted((a, b) => (b.finishedAt ?? '').localeCompare(a.finishedAt ?? ''))[0];
  }

  #forgetOldest(): void {
    const kept = this.#lastRelease()?.id;
    for (const { id } of this.list().slice(KEPT)) {
      if (id === kept) continue;
      rmSync(join(this.#directory, `${id}.json`), { force: true });
      this.#runs.delete(id);
    }
  }
}

function isFresh({ createdAt }: Run): boolean {
  return Date.now() - Date.parse(createdAt) < VERDICT_LIFE.renewAfterSeconds * 1000;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
