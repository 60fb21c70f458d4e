import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is read: a group's fields, as `configGroup` declares them. */
interface Field {
  from: 'variable' | 'secret';
  name: string;
  schema: { safeParse(value: unknown): { success: boolean; data?: unknown } };
}

export interface Configuration {
  environment: Record<string, string>;
  /** by name of file */
  secrets: Record<string, string>;
}

/** Reads the configuration from an environment and a folder of secret files. Throws what it refuses with. */
type Read = (environment: Record<string, string>, folder: string) => unknown;

/** In every bad value, so that a refusal that quotes one shows. */
const MARK = 'hunter2';
const BAD_TEXTS = {
  'with a null byte': `/${MARK}\0`,
  'too long': `/${MARK}${'x'.repeat(5_000)}`,
  negative: `-1${MARK}`,
  'with control characters': `/\u0007${MARK}\n`,
  'of another scheme': `file:///${MARK} x`,
  'with a user': `https://${MARK}:${MARK}@host/`,
};
const NUMBERS = ['1e3', '0x10', ' 5', '+5', '5.0', '\u0663', '9'.repeat(20)];
const BAD_FILES: Record<string, (path: string) => void> = {
  missing: (path) => rmSync(path),
  empty: (path) => writeFileSync(path, ''),
  'of one line break': (path) => writeFileSync(path, '\n'),
  'not UTF-8': (path) => writeFileSync(path, Buffer.from([0x68, 0xff, 0xfe])),
  'with null bytes': (path) => writeFileSync(path, `${MARK}\0`),
  'of another kind': (path) => writeFileSync(path, `{"${MARK}": ["${MARK}"]}\n${MARK}\n`),
  huge: (path) => writeFileSync(path, MARK.repeat(100_000)),
  unreadable: (path) => {
    rmSync(path);
    mkdirSync(path);
  },
};

/**
 * Gives every field of the groups badly in every way, and tells what is wrong with the refusals: none at all, one that does not name the field, one
 * that tells a value. A new field is covered by itself.
 */
export function configurationFaults(groups: readonly { fields: object }[], good: Configuration, read: Read): string[] {
  const fields = groups.flatMap((group) => Object.values(group.fields as Record<string, Field>));
  const attempt = (environment: Record<string, string>, spoil: (folder: string) => void = () => undefined): string | undefined => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-secrets-'));
    try {
      for (const [name, text] of Object.entries(good.secrets)) writeFileSync(join(folder, name), text);
      spoil(folder);
      read(environment, folder);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const judged = (name: string, what: string, refusal: string | undefined): string[] => {
    if (refusal === undefined) return [`${name} ${what}: expected to be refused, found that it is taken`];
    if (!refusal.includes(name)) return [`${name} ${what}: expected to be named, found ${refusal}`];
    return refusal.includes(MARK) ? [`${name} ${what}: expected no value, found ${refusal}`] : [];
  };
  const accepted = attempt(good.environment);
  return [
    ...(accepted === undefined ? [] : [`expected the good configuration to be taken, found ${accepted}`]),
    ...fields.flatMap(({ from, name, schema }) => {
      if (from === 'secret')
        return [...Object.entries(BAD_FILES), ...cutShort(good.secrets[name] ?? '')].flatMap(([what, spoil]) =>
          judged(
            name,
            what,
            attempt(good.environment, (folder) => spoil(join(folder, name))),
          ),
        );
      const absent = schema.safeParse(undefined).success ? [] : [['missing', undefined] as const, ['empty', ''] as const];
      const numbers = isNumber(schema) ? NUMBERS.map((text) => [`as ${text}`, text] as const) : [];
      return [...absent, ...numbers, ...Object.entries(BAD_TEXTS)].flatMap(([what, text]) => {
        const { [name]: _right, ...others } = good.environment;
        return judged(name, what, attempt(text === undefined ? others : { ...others, [name]: text }));
      });
    }),
  ];
}

function isNumber(schema: Field['schema']): boolean {
  return ['5', '500'].some((text) => typeof schema.safeParse(text).data === 'number');
}

/** Half of a file in a format that says where it ends. */
function cutShort(text: string): [string, (path: string) => void][] {
  return /^[[{-]/.test(text) ? [['cut short', (path) => writeFileSync(path, text.slice(0, text.length / 2))]] : [];
}
