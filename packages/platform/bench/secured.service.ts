import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { AccessModule, createService, People, processSource, RevokedTokens, TokenVerifier } from '../src/index.ts';
import { accept, NewOrder } from './order.ts';

@Controller('orders')
@People('customer')
class OrdersController {
  @Post()
  @HttpCode(201)
  place(@Body({ schema: NewOrder }) order: NewOrder) {
    return accept(order);
  }
}

/** All that the platform does for a service; the issuer's keys come from a file instead of from identity. */
const jwks = JSON.parse(processSource().secret('jwks.json') ?? '') as JSONWebKeySet;
const revocations = new RevokedTokens(async () => ({ revoked: [] }));
const verifier = new TokenVerifier({ keys: { people: createLocalJWKSet(jwks) }, revocations });

@Module({ imports: [AccessModule.using({ useFactory: () => verifier })], controllers: [OrdersController] })
class SecuredModule {}

const service = await createService(SecuredModule, { name: 'secured', openApi: { title: 'Secured', description: 'What is measured.' } });
await service.listen();
