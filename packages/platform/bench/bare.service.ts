import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { accept } from './order.ts';
import type { NewOrder } from './order.ts';

@Controller('orders')
class OrdersController {
  @Post()
  @HttpCode(201)
  place(@Body() order: NewOrder) {
    return accept(order);
  }
}

@Module({ controllers: [OrdersController] })
class BareModule {}

/** NestJS and Fastify as they come: no headers, no token, no validation, no log, no trace; with TLS where it is given a certificate. */
const { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key } = process.env;
const https = certificate && key ? { https: { cert: readFileSync(certificate), key: readFileSync(key) } } : {};
const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(https), { logger: false });
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address() as { port: number };
console.log(JSON.stringify({ msg: 'listening', port }));
