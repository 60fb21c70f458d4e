import type { ShippedBundle } from './shipped-bundle.ts';

/** `/app/main.js:12:345`, with or without a scheme: in a stack as in a JSON log line that holds one. */
const PLACE = /(?:file:\/\/)?(\/app\/[\w./-]+\.js):(\d{1,9}):(\d{1,9})/g;

export interface MappedTrace {
  readonly text: string;
  /** places that lead to a source now */
  readonly mapped: number;
  /** places of the bundle that nothing stands behind: code of the bundler, or of another bundle */
  readonly unmapped: number;
}

/** Replaces every place in shipped files by the place in the source; everything else stays. */
export function mapTrace(text: string, bundle: Pick<ShippedBundle, 'origin'>): MappedTrace {
  let [mapped, unmapped] = [0, 0];
  const result = text.replaceAll(PLACE, (place, file: string, line: string, column: string) => {
    const origin = bundle.origin(file, Number(line), Number(column));
    if (origin === undefined) unmapped += 1;
    else mapped += 1;
    return origin ?? place;
  });
  return { text: result, mapped, unmapped };
}

/** The service that a JSON log line in the text names, if all name the same. */
export function serviceOf(text: string): string | undefined {
  const names = new Set([...text.matchAll(/"service":"([a-z][a-z0-9-]*)"/g)].map(([, name]) => name));
  return names.size === 1 ? [...names][0] : undefined;
}
