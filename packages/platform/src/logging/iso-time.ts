const SECOND_MS = 1_000;

let second = Number.NaN;
let prefix = '';

/** ISO 8601 in UTC, like `Date.prototype.toISOString`, whose work is done once a second only: it takes 2 µs, of each line. */
export function isoTime(now: number = Date.now()): string {
  const milliseconds = now % SECOND_MS;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    prefix = new Date(second).toISOString().slice(0, -'000Z'.length);
  }
  return `${prefix}${String(milliseconds).padStart(3, '0')}Z`;
}
