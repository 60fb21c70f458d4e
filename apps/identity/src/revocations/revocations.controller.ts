import { Body, Controller, Get, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { Anonymous, AuthError, ProblemError, TokenVerifier, type RevocationList } from '@seaworthy/platform';
import { z } from 'zod';
import { IdentityConfig } from '../identity.config.ts';
import { keyIds } from '../issuers/issuers.ts';
import { RevocationError } from './revocation.error.ts';
import { RevocationStore } from './revocation.store.ts';

/** Bounded, and of the characters that RFC 6749 (appendix A.12) allows. Other members are ignored: OAuth clients send some (RFC 7009, section 2.1). */
const request = z.object({
  token: z.string().regex(/^[\x20-\x7e]{1,8192}$/, 'expected a token'),
  token_type_hint: z
    .string()
    .regex(/^[\w.:/-]{1,64}$/, 'expected access_token or the like')
    .optional(),
});

/** Tokens that count no longer, although their end has not come, and the keys that do. */
@Controller('revocations')
@Anonymous() // the list is public as the keys are: random ids, by which nobody learns anything. To revoke, one needs the token itself
export class RevocationsController {
  constructor(
    @Inject(RevocationStore) private readonly store: RevocationStore,
    @Inject(TokenVerifier) private readonly tokens: TokenVerifier,
    @Inject(IdentityConfig) private readonly config: IdentityConfig,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  list(): RevocationList {
    return { ...this.store.list(), keys: keyIds(this.config) };
  }

  /** RFC 7009: whoever holds a token may end it. An invalid one is none, so the answer is the same (section 2.2). */
  @Post()
  @HttpCode(200)
  async revoke(@Body({ schema: request }) { token }: z.infer<typeof request>): Promise<object> {
    try {
      const { tokenId, expires } = await this.tokens.inspect(token);
      this.store.add(tokenId, expires);
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
