const UNITS: Readonly<Record<string, bigint>> = { '': 1n, b: 1n, k: 1n << 10n, m: 1n << 20n, g: 1n << 30n };

/** Bytes of a size as compose and the engine write it (`512m`, `1g`, `268435456`); 0n when there is none or it says nothing. */
export function bytes(size: unknown): bigint {
  const [, number, unit] = /^(\d+)([bkmg]?)b?$/i.exec(scalar(size).trim()) ?? [];
  return number === undefined ? 0n : BigInt(number) * (UNITS[(unit ?? '').toLowerCase()] ?? 0n);
}

/** A whole number as it stands in a document; 0n when there is none. */
export function count(value: unknown): bigint {
  const text = scalar(value);
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** `size=` among the options of a tmpfs mount, tmpfs(5); 0n when it is not bounded, or more than once: the kernel obeys the last. */
export function tmpfsSize(options: string): bigint {
  const [size, ...others] = options.split(',').filter((option) => /^(?:size|nr_blocks)=/.test(option));
  return others.length > 0 ? 0n : bytes(/^size=(.*)$/.exec(size ?? '')?.[1]);
}

/** A string, number or boolean of a document as text; empty for everything else. */
export function scalar(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : '';
}
