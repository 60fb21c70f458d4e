const HOUR = 3600;
const DAY = 24 * HOUR;

/** Milliseconds as people read them: `0.3 s`, `42 s`, `3 min 07 s`, `5 h 02 min`, `366 days`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole >= 2 * DAY) return `${Math.round(whole / DAY)} days`;
  if (whole >= HOUR) return `${Math.floor(whole / HOUR)} h ${String(Math.floor((whole % HOUR) / 60)).padStart(2, '0')} min`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** Bytes as people read them, in powers of 1000: `1.1 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
