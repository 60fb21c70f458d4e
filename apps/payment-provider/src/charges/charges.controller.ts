import { setTimeout as delay } from 'node:timers/promises';
import { Body, Controller, Get, Header, Headers, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags, openApiSchema, ProblemError, Workloads } from '@seaworthy/platform';
import type { Charge } from '../ledger/charge.ts';
import { ChargeAnswer, ChargeList, ChargeQuery, NewCharge } from './charge.schema.ts';
import { ChargesService } from './charges.service.ts';

const KEY = /^[\w.:~-]{8,128}$/;

/** The shop's payments service, and nobody else. */
@ApiTags('charges')
@Controller('charges')
@Workloads('payments')
export class ChargesController {
  readonly #charges: ChargesService;

  constructor(charges: ChargesService) {
    this.#charges = charges;
  }

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Charge a card',
    description: 'Send it again with the same key as often as needed: it is charged once, and the answer is the same.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: '8 to 128 characters, fresh for each charge',
    schema: { type: 'string', pattern: KEY.source },
  })
  @ApiResponse({ status: 201, description: 'the charge, or why there is none', schema: openApiSchema(ChargeAnswer) })
  async charge(
    @Headers('idempotency-key') key: string | undefined,
    @Body({ schema: NewCharge }) wanted: NewCharge,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChargeAnswer> {
    const { charge, trouble } = this.#charges.charge(readKey(key), wanted);
    if (trouble.delay !== undefined) await delay(trouble.delay, undefined, { ref: false });
    if (trouble.cut) reply.raw.destroy();
    return answerOf(charge);
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What was charged about something' })
  @ApiOkResponse({ description: 'its charges', schema: openApiSchema(ChargeList) })
  async about(@Query({ schema: ChargeQuery }) { reference }: ChargeQuery): Promise<ChargeList> {
    return { items: this.#charges.about(reference).map(answerOf) };
  }
}

function answerOf({ key: _key, at: _at, ...told }: Charge): ChargeAnswer {
  return told;
}

function readKey(header: string | undefined): string {
  if (header !== undefined && KEY.test(header)) return header;
  throw new ProblemError({
    status: 400,
    code: 'BAD_REQUEST',
    detail: 'expected an Idempotency-Key of 8 to 128 letters, digits and . _ : ~ -',
  });
}
