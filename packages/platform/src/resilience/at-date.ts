/** So long after the machine has woken, what became due in its sleep may still wait. */
const LONGEST_WAIT_MS = 5_000;

/**
 * Does `work` at a date, in ms since the epoch. No single timer can: Node's count monotonic time, which stands still while a laptop sleeps, and
 * what is dated ends meanwhile (a certificate, a token). So the date is looked at every few seconds. Keeps no process from its end.
 * @returns calls it off
 */
export function atDate(date: number, work: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const left = Math.max(0, date - Date.now());
    timer = setTimeout(() => (Date.now() < date ? wait() : work()), Math.min(left, LONGEST_WAIT_MS)).unref();
  };
  wait();
  return () => clearTimeout(timer);
}
