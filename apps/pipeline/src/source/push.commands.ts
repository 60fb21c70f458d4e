import { GitError } from './git.error.ts';
import { BRANCH, CHANGES } from './git.repository.ts';

/** One line of a push: what a ref was, what it shall be (gitprotocol-pack, "Reference Update Request"). */
export interface RefUpdate {
  readonly from: string;
  readonly to: string;
  readonly ref: string;
}

export interface PushCommands {
  readonly updates: readonly RefUpdate[];
  readonly capabilities: readonly string[];
}

export const COMMANDS_LIMIT = 64 * 1024;
const ZERO = /^0+$/;
/** as narrow as names of branches need to be */
const CHANGE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const UPDATE = /^([0-9a-f]{40}) ([0-9a-f]{40}) (\S.*)$/;

/** Reads the commands at the head of a push. Undefined: the bytes so far end before they do. */
export function readPushCommands(head: Buffer): PushCommands | undefined {
  const updates: RefUpdate[] = [];
  let capabilities: string[] = [];
  for (let at = 0; ;) {
    if (at + 4 > head.length) return tooLong(head);
    const digits = head.toString('latin1', at, at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw malformed('a pkt-line without a length');
    const length = Number.parseInt(digits, 16);
    if (length === 0) return { updates, capabilities };
    if (length < 4) throw malformed('a pkt-line of a kind that no push has');
    if (at + length > head.length) return tooLong(head);
    const [line = '', offered] = head
      .toString('utf8', at + 4, at + length)
      .replace(/\n$/, '')
      .split('\0');
    const [, from, to, ref] = UPDATE.exec(line) ?? [];
    // shallow and push-cert lines have no place here: a history with holes cannot be checked
    if (!from || !to || !ref) throw malformed(`the command ${JSON.stringify(line.slice(0, 60))}`);
    if (offered !== undefined) capabilities = offered.trim().split(' ');
    updates.push({ from, to, ref });
    at += length;
  }
}

/** Why an update is refused, or nothing. History and deletion are checked by git as well; here they get a clear word. */
export function refusalOf({ ref, to }: RefUpdate): string | undefined {
  const isChange = ref.startsWith(CHANGES) && CHANGE_NAME.test(ref.slice(CHANGES.length));
  if (ref !== BRANCH && !isChange) return `only ${BRANCH} and ${CHANGES}<name> can be pushed`;
  if (ZERO.test(to)) return 'a branch cannot be deleted';
  return undefined;
}

/** The answer to a push that is refused (gitprotocol-pack, "Report Status"), in the side band where the client asked for it. */
export function refusalReport({ updates, capabilities }: PushCommands): Buffer {
  const lines = [
    packet('unpack ok\n'),
    ...updates.map((update) => packet(`ng ${update.ref} ${refusalOf(update) ?? 'refused together with another ref'}\n`)),
    FLUSH,
  ];
  const report = Buffer.concat(lines);
  return capabilities.includes('side-band-64k') ? Buffer.concat([packet(Buffer.concat([Buffer.from([1]), report])), FLUSH]) : report;
}

const FLUSH = Buffer.from('0000');

function packet(payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

function tooLong(head: Buffer): undefined {
  if (head.length > COMMANDS_LIMIT) throw malformed('more commands than a push can have');
  return undefined;
}

function malformed(found: string): GitError {
  return new GitError({ code: 'PUSH_MALFORMED', message: `expected the commands of a push, found ${found}` });
}
