import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { Anonymous, AuditLog } from '@seaworthy/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { errors } from 'oidc-provider';
import { Issuers } from '../issuers/issuers.ts';
import { Accounts } from './accounts.ts';
import { AttemptLimiter } from './attempt.limiter.ts';
import { LOGIN_HEADERS, loginPage } from './login.page.ts';

const MINUTE_MS = 60_000;
/** A minute, for one account; a success clears the count, so only logins at the same time add up besides guesses. */
const GUESSES = 10;

/** The page on which a person logs in, in the middle of an authorization request. Anonymous: it is where one becomes somebody. */
@Controller('people/interaction/:uid')
@Anonymous()
export class LoginController {
  readonly #perAccount = new AttemptLimiter({ most: GUESSES, windowMs: MINUTE_MS });
  readonly #perAddress = new AttemptLimiter({ most: 12 * GUESSES, windowMs: MINUTE_MS });

  constructor(
    @Inject(Issuers) private readonly issuers: Issuers,
    @Inject(Accounts) private readonly accounts: Accounts,
    @Inject(AuditLog) private readonly audit: AuditLog,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.#withInteraction(request, reply, async () => answer(reply, 200, loginPage()));
  }

  @Post()
  async login(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Body() body: unknown): Promise<void> {
    await this.#withInteraction(request, reply, async () => {
      const { name, password } = credentialsIn(body);
      const wait = this.#perAddress.take(request.ip) || this.#perAccount.take(name);
      if (wait > 0) {
        this.audit.warn({ msg: 'login limited', address: request.ip });
        void reply.header('retry-after', String(wait));
        return answer(reply, 429, loginPage('Too many attempts. Wait a minute.'));
      }
      if (!(await this.accounts.verify(name, password))) {
        this.audit.warn({ msg: 'login refused', address: request.ip }); // no name: people type passwords into that field
        return answer(reply, 401, loginPage('Name or password is wrong.'));
      }
      this.#perAccount.forgive(name);
      const login = { accountId: name, remember: false };
      const onward = await this.issuers.people.interactionResult(request.raw, reply.raw, { login });
      this.audit.write({ msg: 'login', person: name });
      await reply.code(303).headers({ location: onward, 'cache-control': 'no-store' }).send();
    });
  }

  /** Only the browser that began the request holds its signed cookie; any other gets nowhere. Nor does one that began it too long ago, or ended it meanwhile. */
  async #withInteraction(request: FastifyRequest, reply: FastifyReply, go: () => Promise<void>): Promise<void> {
    try {
      const { uid, prompt } = await this.issuers.people.interactionDetails(request.raw, reply.raw);
      if (uid !== (request.params as { uid: string }).uid || prompt.name !== 'login')
        throw new errors.SessionNotFound('another interaction');
      await go();
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      await answer(reply, 400, loginPage('This login has ended. Begin again.'));
    }
  }
}

async function answer(reply: FastifyReply, status: number, page: string): Promise<void> {
  await reply.code(status).headers(LOGIN_HEADERS).send(page);
}

function credentialsIn(body: unknown): { name: string; password: string } {
  const { name, password } = (body ?? {}) as Record<string, unknown>;
  return { name: typeof name === 'string' ? name.slice(0, 64) : '', password: typeof password === 'string' ? password : '' };
}
