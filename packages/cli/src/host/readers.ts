import { endUnread } from './interrupt.ts';

/**
 * Called once, by main. Who reads what a command writes may end first, as `head` does: then it ends too, quietly, and what was begun is
 * undone. Whoever writes to a stream and hears of its errors itself says so itself.
 */
export function listenForReaders(onError: (error: Error) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (stream.listenerCount('error') > 1) return;
      if (error.code === 'EPIPE') endUnread();
      else onError(error);
    });
  }
}
