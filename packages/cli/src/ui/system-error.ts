import { UserError } from '../errors.ts';

/** What the operating system says, in words that help; other errors pass unchanged. The innermost cause counts. */
export function explainSystemError(error: unknown): unknown {
  const innermost = systemErrorIn(error);
  const explanation = innermost && EXPLANATIONS[innermost.code];
  if (!innermost || !explanation) return error;
  return new UserError({ ...explanation, found: innermost.message, cause: error });
}

const NETWORK = {
  code: 'NETWORK_UNREACHABLE',
  message: 'Something that is needed does not answer',
  expected: 'an answer from the network',
  remedy: 'check the network (npm run doctor); what was done so far is kept, the same command goes on from there',
} as const;

const ENDED = {
  code: 'NETWORK_UNREACHABLE',
  message: 'Something that answered before, or should, does not',
  expected: 'an answer',
  remedy:
    'on 127.0.0.1 or a socket: a service of the platform, or the container engine, ended meanwhile (npm run doctor);\n' +
    'elsewhere: check that address. What was done so far is kept, the same command goes on from there',
} as const;

const EXPLANATIONS: Readonly<Record<string, Pick<UserError, 'code' | 'message' | 'expected' | 'remedy'>>> = {
  ENOSPC: {
    code: 'NO_SPACE',
    message: 'No space is left on the disk',
    expected: 'room for images, caches and data',
    remedy: 'free some GB (df -h; docker system df), and start again: what is complete is kept',
  },
  EDQUOT: {
    code: 'NO_SPACE',
    message: 'Your quota is used up',
    expected: 'room for images, caches and data',
    remedy: 'free some GB, and start again',
  },
  EROFS: {
    code: 'HOST_NOT_READY',
    message: 'The clone lies on a read-only disk',
    expected: 'a folder that can be written',
    remedy: 'clone it to another place',
  },
  ENOTFOUND: NETWORK,
  EAI_AGAIN: NETWORK,
  ENETUNREACH: NETWORK,
  EHOSTUNREACH: NETWORK,
  ETIMEDOUT: NETWORK,
  UND_ERR_CONNECT_TIMEOUT: NETWORK,
  ECONNREFUSED: ENDED,
  ECONNRESET: ENDED,
  UND_ERR_SOCKET: ENDED,
};

/** An error of the operating system, with the code by which it is explained. */
interface SystemError {
  readonly code: string;
  readonly message: string;
}

function systemErrorIn(error: unknown): SystemError | undefined {
  let found: SystemError | undefined;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UserError) return undefined;
    if ('code' in cause && typeof cause.code === 'string') found = explainable(cause as Error & { code: string }) ?? found;
  }
  return found;
}

/** A socket whose file is gone is a listener that is gone; any other missing file says nothing about who should answer. */
function explainable(error: Error & { readonly code: string; readonly syscall?: string }): SystemError | undefined {
  const code = error.code === 'ENOENT' && error.syscall === 'connect' ? 'ECONNREFUSED' : error.code;
  return code in EXPLANATIONS ? { code, message: error.message } : undefined;
}
