import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { Caller, People, ProblemError, TokenVerifier } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Run } from '../runs/run.ts';
import { RunQueue } from '../runs/run.queue.ts';
import { RunStore } from '../runs/run.store.ts';
import { GitRepository } from '../source/git.repository.ts';

/** A person with the operator's role; a workload is nobody's deputy here. */
function isOperator({ kind, roles }: Identity): boolean {
  return kind === 'person' && roles.includes('operator');
}

/** How often the token of who follows a run is looked at, where nothing happens to the run. */
const LOOK_MS = 5_000;

const StartRun = z.strictObject({ commit: z.string().regex(/^[0-9a-f]{40}$/, 'expected a commit as 40 hexadecimal digits') });

@Controller('runs')
@People('developer', 'operator')
export class RunsController {
  readonly #queue: RunQueue;
  readonly #store: RunStore;
  readonly #repository: GitRepository;
  readonly #tokens: TokenVerifier;

  constructor(queue: RunQueue, store: RunStore, repository: GitRepository, tokens: TokenVerifier) {
    this.#queue = queue;
    this.#store = store;
    this.#repository = repository;
    this.#tokens = tokens;
  }

  /**
   * Starts a run of a commit that was pushed, or answers the one that succeeded or is under way. A commit on main is released; one that
   * is only proposed, on a branch below changes/, is reviewed: it goes through every job, and is never published.
   */
  @Post()
  @HttpCode(202)
  async start(@Body({ schema: StartRun }) { commit }: z.infer<typeof StartRun>, @Caller() caller: Identity): Promise<Run> {
    const purpose = await this.#purposeOf(commit);
    if (!purpose) {
      const detail = `expected a commit on main or on a branch below changes/, found ${commit} on neither; push it first`;
      throw new ProblemError({ status: 409, code: 'CONFLICT', detail });
    }
    return this.#queue.request({
      commit,
      purpose,
      requestedBy: caller.name,
      operator: isOperator(caller),
      ...(await this.#repository.subject(commit)),
    });
  }

  @Get()
  list(): Run[] {
    return this.#store.list();
  }

  @Get(':id')
  find(@Param('id') id: string): Run {
    const run = this.#store.find(id);
    if (!run) throw new ProblemError({ status: 404, code: 'NOT_FOUND', detail: `expected a run ${id.slice(0, 40)}, found none` });
    return run;
  }

  /** Every change of a run until it is finished, as server-sent events (HTML Living Standard, section 9.2), for as long as the token counts. */
  @Get(':id/events')
  async events(
    @Param('id') id: string,
    @Caller() caller: Identity,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.find(id);
    reply.hijack();
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const mayFollow = (): boolean => this.#tokens.stillCounts(caller);
    const looking = setInterval(() => {
      if (!mayFollow()) gone.abort();
    }, LOOK_MS);
    try {
      for await (const run of this.#store.follow(id, gone.signal)) {
        if (!mayFollow()) break;
        reply.raw.write(`event: run\ndata: ${JSON.stringify(run)}\n\n`);
      }
    } finally {
      clearInterval(looking);
    }
    reply.raw.end();
  }

  async #purposeOf(commit: string): Promise<Run['purpose'] | undefined> {
    if (await this.#repository.isOnMain(commit)) return 'release';
    return (await this.#repository.isProposed(commit)) ? 'review' : undefined;
  }
}
