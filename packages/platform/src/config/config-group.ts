import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';

/** One value of a group: from an environment variable, or from a secret file of that name. */
export interface Field<T> {
  readonly from: 'variable' | 'secret';
  readonly name: string;
  readonly schema: z.ZodType<T>;
}

type Fields = Record<string, Field<unknown>>;
type Values<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A class that is both the type of a group's values and the token by which Nest injects them. */
export interface ConfigGroup<V = object> {
  new (values: never): V;
  readonly fields: Fields;
}

interface ConfigClass<V> extends ConfigGroup<V> {
  new (values: V): V;
}

/** An environment variable. Its text goes through the schema: use `z.coerce` for numbers. Empty counts as not set. */
export function variable<T>(name: string, schema: z.ZodType<T>): Field<T> {
  return { from: 'variable', name, schema };
}

const ONE_LINE = z
  .string()
  .min(1, 'is empty')
  .max(4_096, 'is too long')
  .regex(/^[^\p{Cc}]*$/u, 'must be one line of text');

/**
 * A secret: a file of its own, never an environment variable or an argument (those show in process lists and inspect output). One line of text, unless
 * a schema says otherwise.
 */
export function secretFile(name: string, schema: z.ZodType<string> = ONE_LINE): Field<string> {
  return { from: 'secret', name, schema };
}

/** A private key: PEM, PKCS #8. */
export const privateKey = z
  .string()
  .refine((text) => text.startsWith('-----BEGIN PRIVATE KEY-----') && canBe(createPrivateKey, text), 'must be a private key in PEM');

/** A certificate: PEM. */
export const certificate = z
  .string()
  .refine(
    (text) => text.startsWith('-----BEGIN CERTIFICATE-----') && canBe((pem) => new X509Certificate(pem), text),
    'must be a certificate in PEM',
  );

function canBe(read: (text: string) => unknown, text: string): boolean {
  try {
    return read(text) !== undefined;
  } catch {
    return false;
  }
}

/** A number as a variable holds it: digits, no sign, no exponent, no hexadecimal. */
export function wholeNumber(least: number, most: number): z.ZodType<number> {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

/** The absolute path of a file, a socket or a folder. */
export const absolutePath = z.string().regex(/^\/[^\p{Cc}]{0,1023}$/u, 'must be an absolute path');

/** The base URL of a service: a host, perhaps a port and a path; no user, no query. */
export function baseUrl(...schemes: ('http' | 'https')[]): z.ZodType<string> {
  const message = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`;
  return z
    .string()
    .regex(new RegExp(`^(?:${schemes.join('|')})://[\\w.:\\[\\]-]{1,260}(?:/[\\w./~-]{0,500})?$`), message)
    .refine((text) => URL.canParse(text), message);
}

/** A host's name or address. */
export const hostName = z.string().regex(/^[\w:][\w.:-]{0,252}$/, 'must be the name or the address of a host');

/**
 * Declares a group of configuration values: `class MailConfig extends configGroup({ host: variable('MAIL_HOST', z.string()) }) {}`.
 * Name the class in `createService(…, { config: [MailConfig] })` and inject it by its type.
 */
export function configGroup<F extends Fields>(fields: F): ConfigClass<Values<F>> {
  return class {
    static readonly fields: Fields = fields;
    constructor(values: Values<F>) {
      Object.assign(this, values);
      Object.freeze(this);
    }
  } as unknown as ConfigClass<Values<F>>;
}
