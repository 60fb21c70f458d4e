import { EXIT } from '../errors.ts';

/** How long what was begun may take to end itself after Ctrl-C, in milliseconds. */
const PATIENCE_MS = 10_000;
/**
 * So long after the first signal, another one is the same, in milliseconds: a terminal, `timeout` and npm give it to the whole process
 * group, and whoever has started this process passes it on as well.
 */
const ECHO_MS = 1_000;
const WORDS = '\n• Interrupted: stopping what was begun. The same command picks it up again.\n';

type Undo = () => void | Promise<void>;
/** Each with how long it may take, in milliseconds. */
const undos = new Map<Undo, number>();
const controller = new AbortController();

/** Aborted when the user presses Ctrl-C or the process is told to end. */
export const interrupted: AbortSignal = controller.signal;

/** Runs `undo` when the process is interrupted, last registered first. Returns the function that takes it back, until then. */
export function onInterrupt(undo: Undo, patience = PATIENCE_MS): () => void {
  undos.set(undo, patience);
  return () => void (interrupted.aborted || undos.delete(undo));
}

/**
 * Undoes what `begun` has changed, once, and when that has come to its end, whichever: when the process is interrupted, or by the function that is
 * returned. Of an interruption no `finally` hears, and both may come together.
 */
export function undoneOnce(begun: Promise<unknown>, undo: () => Promise<unknown>, patience = PATIENCE_MS): () => Promise<void> {
  let undone: Promise<unknown> | undefined;
  const undoOnce = async (): Promise<void> => void (await (undone ??= begun.then(undo, undo)));
  const forget = onInterrupt(undoOnce, patience);
  return async () => undoOnce().finally(forget);
}

/** Whether an error only says that the run was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return interrupted.aborted && error instanceof Error;
}

/** Ends the process with the code of its work. Once it is interrupted, it ends when everything is undone instead. */
export async function endProcess(code: number): Promise<never> {
  if (interrupted.aborted) await new Promise(() => undefined);
  return process.exit(code);
}

/** Called once, by main: the first signal ends in order, a Ctrl-C some time after it at once. */
export function listenForInterrupts(echoMs = ECHO_MS): void {
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first === undefined) {
        first = performance.now();
        interrupt(WORDS);
      } else if (signal === 'SIGINT' && performance.now() - first >= echoMs) process.exit(EXIT.interrupted);
    });
  }
}

/** Ends in order, as after a signal, and says nothing of it. */
export function endUnread(): void {
  interrupt('');
}

/** Once: the first cause counts. */
function interrupt(words: string): void {
  if (interrupted.aborted) return;
  controller.abort();
  void endInOrder(words);
}

async function endInOrder(words: string): Promise<void> {
  // the terminal may be gone: nobody has to read what is undone
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.stderr.write(words);
  setTimeout(() => process.exit(EXIT.interrupted), Math.max(PATIENCE_MS, ...undos.values())).unref();
  // also what is begun meanwhile: work may go on while it is undone
  for (let undo = lastUndo(); undo; undo = lastUndo()) {
    undos.delete(undo);
    try {
      await undo();
    } catch {
      // the next one must still run; whatever stays is found by the next start
    }
  }
  process.exit(EXIT.interrupted);
}

function lastUndo(): Undo | undefined {
  return [...undos.keys()].at(-1);
}
