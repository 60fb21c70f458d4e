/** Milliseconds before the next attempt: doubling up to `longest`, the upper half of it by chance, so that replicas do not come together. */
export function backoff(attempt: number, { first, longest }: { first: number; longest: number }): number {
  const full = Math.min(first * 2 ** Math.max(0, attempt - 1), longest);
  return Math.round(full * (0.5 + Math.random() / 2));
}
