import { SourceError } from './source.error.ts';

/** Who wrote or committed, and when; git's own words, git-commit(1), "COMMIT INFORMATION". */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly at: Date;
}

/** A commit as git stores it. */
export interface CommitObject {
  readonly id: string;
  readonly author: Person;
  readonly committer: Person;
  /** the armoured signature, when there is one */
  readonly signature?: string;
  /** what the signature is about: the object without it */
  readonly payload: Buffer;
}

const PERSON = /^(?<name>[^<>\n]*) <(?<email>[^<>\s]*)> (?<seconds>\d{1,11}) [+-]\d{4}$/;
const EMAIL = /^[^\s@<>]+@[^\s@<>]+$/;
/** what a terminal or a log would read as more than a name */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const SIGNATURE_HEADER = 'gpgsig ';

/** Reads what `git cat-file commit` gives. @throws SourceError AUTHOR_MALFORMED */
export function readCommit(id: string, bytes: Buffer): CommitObject {
  const end = bytes.indexOf('\n\n');
  const [head, rest] = end < 0 ? [bytes, Buffer.alloc(0)] : [bytes.subarray(0, end), bytes.subarray(end)];
  const lines = head.toString('latin1').split('\n');
  const start = lines.findIndex((line) => line.startsWith(SIGNATURE_HEADER));
  // a header goes on in lines that begin with a space
  const after = lines.findIndex((line, at) => at > start && !line.startsWith(' '));
  const stop = after < 0 ? lines.length : after;
  const signed =
    start < 0 ? [] : [lines[start]?.slice(SIGNATURE_HEADER.length), ...lines.slice(start + 1, stop).map((line) => line.slice(1))];
  const unsigned = start < 0 ? lines : [...lines.slice(0, start), ...lines.slice(stop)];
  return {
    id,
    author: personOf(id, 'author', lines),
    committer: personOf(id, 'committer', lines),
    payload: Buffer.concat([Buffer.from(unsigned.join('\n'), 'latin1'), rest]),
    ...(start < 0 ? {} : { signature: signed.join('\n') }),
  };
}

function personOf(id: string, role: 'author' | 'committer', lines: readonly string[]): Person {
  const found = lines
    .filter((line) => line.startsWith(`${role} `))
    .map((line) => Buffer.from(line.slice(role.length + 1), 'latin1').toString());
  const { name = '', email = '', seconds = '' } = PERSON.exec(found[0] ?? '')?.groups ?? {};
  const isWellFormed = found.length === 1 && name.trim() !== '' && EMAIL.test(email) && !CONTROL.test(name) && !CONTROL.test(email);
  if (isWellFormed) return { name, email, at: new Date(Number(seconds) * 1000) };
  const shown = JSON.stringify((found[0] ?? 'none').slice(0, 120));
  throw new SourceError({
    code: 'AUTHOR_MALFORMED',
    message: `expected commit ${id.slice(0, 12)} to name its ${role} as "name <e-mail>", found ${shown}; git config user.name and user.email, then git commit --amend --reset-author`,
  });
}
