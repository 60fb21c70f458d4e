import { Controller, Get, Module, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiOkResponse, openApiSchema, serveOpenApi } from '@seaworthy/platform/openapi';
import { z } from 'zod';

const Tide = z.object({ high: z.string() });

@Controller('tides')
class TidesController {
  @Get()
  @ApiOkResponse({ description: 'the next one', schema: openApiSchema(Tide) })
  next(@Query({ schema: z.strictObject({}) }) _query: object): z.infer<typeof Tide> {
    return { high: '04:12' };
  }
}

@Module({ controllers: [TidesController] })
class TidesModule {}

export async function tides(): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(TidesModule, new FastifyAdapter(), { logger: false });
  serveOpenApi(app, app.getHttpAdapter().getInstance(), { title: 'Tides', description: 'When the water comes.' });
  return app.init();
}
