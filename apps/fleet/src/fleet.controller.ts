import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Caller, People, ProblemError, TokenVerifier, Workloads } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ControlLoop } from './control/control.loop.ts';
import type { ServiceStatus } from './control/status.ts';
import type { FleetEvent } from './events/event.ts';
import { EventLog } from './events/event.log.ts';
import { EventStream } from './events/event.stream.ts';

const Since = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });
type Since = z.output<typeof Since>;

/** Streams at once: people who look, and deploys. */
const MOST_STREAMS = 50;

/** To look, never to steer: what the fleet does follows from what was deployed, and from nothing that anybody asks of it. */
@Controller()
@People('developer')
@Workloads('deploy')
export class FleetController implements OnModuleDestroy {
  readonly #loop: ControlLoop;
  readonly #events: EventLog;
  readonly #tokens: TokenVerifier;
  readonly #streams = new Set<EventStream>();

  constructor(loop: ControlLoop, events: EventLog, tokens: TokenVerifier) {
    this.#loop = loop;
    this.#events = events;
    this.#tokens = tokens;
  }

  @Get('services')
  services(): { services: ServiceStatus[] } {
    return { services: this.#loop.services };
  }

  @Get('events')
  events(@Query({ schema: Since }) { after }: Since): { events: FleetEvent[] } {
    return { events: this.#events.after(after) };
  }

  /** Server-sent events, until the token ends or is revoked; `Last-Event-ID: 0` gives all that are kept. */
  @Get('events/stream')
  async follow(@Caller() caller: Identity, @Headers('last-event-id') last: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    if (this.#streams.size >= MOST_STREAMS) {
      throw new ProblemError({
        status: 503,
        code: 'UNAVAILABLE',
        detail: 'expected fewer open streams; come back later',
        headers: { 'retry-after': '5' },
      });
    }
    const stream = new EventStream(this.#events, { after: numberOf(last), mayTell: () => this.#tokens.stillCounts(caller) });
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    reply.raw.once('close', () => stream.destroy());
    await reply.type('text/event-stream').header('cache-control', 'no-store').send(stream);
  }

  onModuleDestroy(): void {
    for (const stream of this.#streams) stream.finish();
  }
}

/** What a client says that it had last, in the form in which it was told (HTML Living Standard, section 9.2.4). */
function numberOf(last = '0'): number {
  if (/^\d{1,15}$/.test(last)) return Number(last);
  throw new ProblemError({ status: 400, code: 'BAD_REQUEST', detail: 'Last-Event-ID: expected the number of an event' });
}
