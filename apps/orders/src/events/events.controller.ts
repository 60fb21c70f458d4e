import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags, Caller, People, ProblemError } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import { OrderAddress } from '../orders/order.schema.ts';
import { OrdersService } from '../orders/orders.service.ts';
import { EventStreams } from './event-streams.ts';

const LastEventId = z.string().regex(/^\d{1,9}$/);

@ApiTags('orders')
@Controller('orders')
@People('customer')
export class EventsController {
  readonly #orders: OrdersService;
  readonly #streams: EventStreams;

  constructor(orders: OrdersService, streams: EventStreams) {
    this.#orders = orders;
    this.#streams = streams;
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'Follow an order of yours: what happened so far, then what happens', description: 'Any replica serves it.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the last event that you have seen; browsers send it by themselves' })
  @ApiResponse({ status: 200, description: 'server-sent events', content: { 'text/event-stream': { schema: { type: 'string' } } } })
  async follow(
    @Caller() caller: Identity,
    @Param({ schema: OrderAddress }) { id }: OrderAddress,
    @Headers('last-event-id') last: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = readLastEventId(last);
    await this.#orders.find(caller.name, id);
    const stream = this.#streams.open(id, caller, after, reply.raw);
    await reply.type('text/event-stream').header('cache-control', 'no-store').send(stream);
  }
}

function readLastEventId(header: string | undefined): number {
  if (header === undefined || header === '') return 0;
  const id = LastEventId.safeParse(header);
  if (id.success) return Number(id.data);
  throw new ProblemError({
    status: 400,
    code: 'VALIDATION_FAILED',
    detail: 'expected the Last-Event-ID of an event of this stream, found another',
  });
}
