import { Body, Controller, Get, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { Anonymous, AuthError, ProblemError, TokenVerifier, type RevocationList } from '@seaworthy/platform';
import { z } from 'zod';
import { RevocationError } from './revocation.error.ts';
import { RevocationStore } from './revocation.store.ts';

const request = z.object({ token: z.string().max(8_192), token_type_hint: z.string().max(64).optional() });

/** Tokens that count no longer, although their end has not come. */
@Controller('revocations')
@Anonymous() // the list is public as the keys are: random ids, by which nobody learns anything. To revoke, one needs the token itself
export class RevocationsController {
  constructor(
    @Inject(RevocationStore) private readonly store: RevocationStore,
    @Inject(TokenVerifier) private readonly tokens: TokenVerifier,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  list(): RevocationList {
    return this.store.list();
  }

  /** RFC 7009: whoever holds a token may end it. An invalid one is none, so the answer is the same (section 2.2). */
  @Post()
  @HttpCode(200)
  async revoke(@Body({ schema: request }) { token }: z.infer<typeof request>): Promise<object> {
    try {
      const { id, identity } = await this.tokens.inspect(token);
      this.store.add(id, identity.expires);
    } catch (error) {
      if (error instanceof RevocationError) throw notKept(error);
      if (!(error instanceof AuthError)) throw error;
    }
    return {};
  }
}

/** Section 2.2.1: "503 Service Unavailable: the client must assume the token still exists and may retry". Why is in the log. */
function notKept(cause: RevocationError): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'UNAVAILABLE',
    detail: 'expected to keep that this token was revoked, found no way to; send it again',
    headers: { 'retry-after': '5' },
    cause,
  });
}
