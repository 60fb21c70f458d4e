import { parseDocument } from 'yaml';
import { z } from 'zod';

/** What every exception has to say: why, on whose word, until when. */
export const datedException = {
  reason: z.string().min(10, 'expected a reason of at least ten characters'),
  /** a key of infra/policies/owners.yaml */
  owner: z.string().min(1),
  /** last day on which it holds, UTC */
  expires: z.iso.date('expected a day like 2027-05-31'),
};

export function hasEnded({ expires }: { readonly expires: string }, now: Date): boolean {
  return now > new Date(`${expires}T23:59:59.999Z`);
}

/** One of the exceptions in a policy file. */
export interface EndOfException {
  readonly file: string;
  /** its id, or the package or file that it is for */
  readonly what: string;
  readonly expires: string;
}

const Exceptions = z.looseObject({
  exceptions: z.array(
    z.looseObject({ id: z.string().optional(), package: z.string().optional(), file: z.string().optional(), expires: z.iso.date() }),
  ),
});

/** When the exceptions in a policy file end, whatever else its schema was at that commit; none of a text that nobody can read. */
export function endsOfExceptions(file: string, text: string): EndOfException[] {
  const document = parseDocument(text, { uniqueKeys: true, stringKeys: true });
  const read = document.errors.length === 0 ? Exceptions.safeParse(document.toJS({ maxAliasCount: 0 })) : undefined;
  const exceptions = read?.data?.exceptions ?? [];
  return exceptions.map((one) => ({ file, what: one.id ?? one.package ?? one.file ?? 'something', expires: one.expires }));
}
