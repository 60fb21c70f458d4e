import { Body, Controller, Get, Header, Logger, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags, Caller, openApiSchema, People } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import { Card, CardList, NewCard } from './card.schema.ts';
import { CardsRepository } from './cards.repository.ts';

/** Customers and their own cards; nobody else has a right here, whatever token they hold. */
@ApiTags('cards')
@Controller('cards')
@People('customer')
export class CardsController {
  readonly #cards: CardsRepository;
  readonly #logger = new Logger('cards');

  constructor(cards: CardsRepository) {
    this.#cards = cards;
  }

  @Post()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Keep a card',
    description: 'Its number goes in here, and comes out for the payment provider alone. Orders are paid with its token.',
  })
  @ApiResponse({ status: 201, description: 'the token by which it is known from now on', schema: openApiSchema(Card) })
  async add(@Caller() { name }: Identity, @Body({ schema: NewCard }) card: NewCard): Promise<Card> {
    const kept = await this.#cards.add(name, card);
    this.#logger.log({ msg: 'card kept', owner: name, number: String(card.number) });
    return kept;
  }

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your cards, the latest first' })
  @ApiOkResponse({ description: 'their tokens and last four digits', schema: openApiSchema(CardList) })
  async list(@Caller() { name }: Identity): Promise<CardList> {
    return { items: await this.#cards.list(name) };
  }
}
