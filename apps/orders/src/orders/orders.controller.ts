import { Body, Controller, Get, Header, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags, Caller, openApiSchema, People } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import { KEY_PATTERN, readKey } from '../idempotency/idempotency-key.ts';
import { NewOrder, NoBody, Order, OrderAddress, OrderPage, OrderQuery } from './order.schema.ts';
import { OrdersService } from './orders.service.ts';

/** Customers and their own orders; nobody else has a right here, whatever token they hold. */
@ApiTags('orders')
@Controller('orders')
@People('customer')
export class OrdersController {
  readonly #orders: OrdersService;

  constructor(orders: OrdersService) {
    this.#orders = orders;
  }

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Place an order',
    description: 'Send it again with the same key as often as needed: it is placed once, and the answer is the same.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: '8 to 128 characters, fresh for each order',
    schema: { type: 'string', pattern: KEY_PATTERN },
  })
  @ApiResponse({ status: 201, description: 'the order; its stock is reserved', schema: openApiSchema(Order) })
  async place(
    @Caller() { name }: Identity,
    @Headers('idempotency-key') key: string | undefined,
    @Body({ schema: NewOrder }) order: NewOrder,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Order> {
    const placed = await this.#orders.place(name, readKey(key), order);
    void reply.header('location', `/orders/${placed.id}`);
    return placed;
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your orders, the latest first, a page at a time' })
  @ApiOkResponse({ description: 'one page', schema: openApiSchema(OrderPage) })
  async list(@Caller() { name }: Identity, @Query({ schema: OrderQuery }) query: OrderQuery): Promise<OrderPage> {
    return this.#orders.list(name, query);
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'One order of yours' })
  @ApiOkResponse({ description: 'the order', schema: openApiSchema(Order) })
  async find(@Caller() { name }: Identity, @Param({ schema: OrderAddress }) { id }: OrderAddress): Promise<Order> {
    return this.#orders.find(name, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Cancel an order of yours; its stock is free again. Doing it twice is doing it once. Not once it is being paid',
  })
  @ApiOkResponse({ description: 'the cancelled order', schema: openApiSchema(Order) })
  async cancel(
    @Caller() { name }: Identity,
    @Param({ schema: OrderAddress }) { id }: OrderAddress,
    @Body({ schema: NoBody }) _body: unknown,
  ): Promise<Order> {
    return this.#orders.cancel(name, id);
  }
}
