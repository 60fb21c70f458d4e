import 'reflect-metadata';
import type { Server as HttpsServer } from 'node:https';
import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream } from 'pino';
import type { ConfigGroup } from '../config/config-group.ts';
import { processSource } from '../config/config-source.ts';
import type { ConfigSource } from '../config/config-source.ts';
import { readConfig } from '../config/read-config.ts';
import type { ConfigValues } from '../config/read-config.ts';
import { ProblemFilter } from '../errors/problem.filter.ts';
import { ProblemValidationPipe } from '../errors/validation.pipe.ts';
import { HealthRegistry } from '../health/health-registry.ts';
import { Lifecycle } from '../health/lifecycle.ts';
import { createHttpServer } from '../http/http-server.ts';
import { readJsonBodies } from '../http/json-body.ts';
import { createLogger } from '../logging/logger.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { NestLogger } from '../logging/nest-logger.ts';
import { standardOutput } from '../logging/standard-output.ts';
import { serveOpenApi } from '../openapi/serve-openapi.ts';
import type { OpenApiOptions } from '../openapi/serve-openapi.ts';
import { drainOnSignal } from '../shutdown/shutdown.ts';
import { startTelemetry } from '../telemetry/telemetry.ts';
import type { TelemetryOptions } from '../telemetry/telemetry.ts';
import { defaultCertificate } from './default-certificate.ts';
import { forgetWhenQuiet } from './forget-when-quiet.ts';
import { PlatformModule } from './platform.module.ts';
import type { ServerCertificate } from './server-certificate.ts';
import { ServiceConfig } from './service.config.ts';

export interface ServiceOptions {
  /** the service's name in logs, traces and, under the platform's domain, in its certificate */
  name: string;
  /** groups of configuration that the module injects */
  config?: readonly ConfigGroup[];
  /** largest body in bytes; 64 KiB unless told */
  bodyLimit?: number;
  /** serve /openapi.json and a page at /docs */
  openApi?: OpenApiOptions;
  /** names in the certificate; `<name>.seaworthy.internal` unless told */
  certificateNames?: readonly string[];
  /** where the certificate comes from; the identity service (or TLS_CERT_FILE and TLS_KEY_FILE) unless told */
  certificate?: (config: ServiceConfig) => Promise<ServerCertificate>;
  /** last touch on Fastify before the routes: content type parsers and the like */
  fastify?: (instance: FastifyInstance) => void | Promise<void>;
  /** for tests: other sources and sinks than the process's own */
  source?: ConfigSource;
  logDestination?: DestinationStream;
  spanExporter?: TelemetryOptions['spanExporter'];
}

export interface Service {
  app: NestFastifyApplication;
  config: ConfigValues;
  logger: PlatformLogger;
  /** Listens with TLS, drains on SIGTERM. There is no way to listen without TLS. */
  listen(): Promise<{ port: number }>;
  close(): Promise<void>;
}

/**
 * Puts a service together and initialises it, without listening: tests call `service.app.inject()`. Its certificate is asked for when it
 * listens, or at once: then identity answers while the modules are put together.
 * @throws {ConfigError} naming all bad variables
 */
export async function assembleService(
  module: Type | DynamicModule,
  options: ServiceOptions,
  enrol: 'at once' | 'to listen' = 'to listen',
): Promise<Service> {
  const config = readConfig([ServiceConfig, ...(options.config ?? [])], options.source ?? processSource());
  const own = config.get(ServiceConfig) as ServiceConfig;
  const telemetry = startTelemetry({
    service: options.name,
    endpoint: own.otlpEndpoint,
    exportLogs: own.logsExporter === 'otlp',
    ...(options.spanExporter && { spanExporter: options.spanExporter }),
  });
  const destination = telemetry.logs(options.logDestination ?? standardOutput());
  const logger = createLogger({ service: options.name, level: own.logLevel, destination });
  const certify = async (): Promise<ServerCertificate> => options.certificate?.(own) ?? defaultCertificate(options, own, logger);
  // one of the service's own may need what is put together first
  const early = enrol === 'at once' && !options.certificate ? certify() : undefined;
  early?.catch(() => undefined); // `listen` says it
  const app = await createApp(module, options, { logger, destination, config });

  let certificate: ServerCertificate | undefined;
  const finish = async (): Promise<void> => {
    certificate?.stop();
    await telemetry.shutdown();
  };
  return {
    app,
    config,
    logger,
    listen: async () => {
      certificate = await (early ?? certify());
      present(certificate, app);
      // Fastify takes a server of ours for one without TLS
      await app.listen({
        port: own.port,
        host: own.host,
        listenTextResolver: (address) => `Server listening at ${address.replace('http:', 'https:')}`,
      });
      dieOnSurprise(logger);
      forgetWhenQuiet();
      drainOnSignal({ app, lifecycle: app.get(Lifecycle), logger, drainDelay: own.drainDelay, grace: own.shutdownGrace, finish });
      const { port } = app.getHttpServer().address() as { port: number };
      logger.info({ port, startMs: Math.round(process.uptime() * 1000) }, 'listening');
      return { port };
    },
    close: async () => {
      await app.close();
      await finish();
    },
  };
}

async function createApp(
  module: Type | DynamicModule,
  options: ServiceOptions,
  { logger, destination, config }: { logger: PlatformLogger; destination: DestinationStream; config: ConfigValues },
): Promise<NestFastifyApplication> {
  @Module({ imports: [PlatformModule.with(config, logger), module] })
  class ServiceModule {}
  const lifecycle = new LifecycleProxy();
  const { mostInHand } = config.get(ServiceConfig) as ServiceConfig;
  const fastify = createHttpServer({
    service: options.name,
    logger,
    destination,
    bodyLimit: options.bodyLimit,
    mostInHand,
    draining: () => lifecycle.draining,
  });
  // what is no JSON is read by nobody, unless a service brings a parser along
  fastify.removeContentTypeParser('text/plain');
  await options.fastify?.(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(ServiceModule, new FastifyAdapter(fastify), {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false, // it would read forms as well
  });
  lifecycle.lifecycle = app.get(Lifecycle);
  readJsonBodies(app, fastify);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new ProblemValidationPipe());
  if (options.openApi) serveOpenApi(app, fastify, options.openApi);
  await app.init();
  await fastify.ready();
  return app;
}

/** Fastify's hooks exist before Nest has made the lifecycle that they ask. */
class LifecycleProxy {
  lifecycle: Lifecycle | undefined;

  get draining(): boolean {
    return this.lifecycle?.draining ?? false;
  }
}

function present(certificate: ServerCertificate, app: NestFastifyApplication): void {
  certificate.keepFresh(app.getHttpServer() as unknown as HttpsServer);
  app.get(HealthRegistry).register({
    name: 'certificate',
    kind: 'required', // not `alive`: a new process has to wait for the same authority, and this one asks it until it answers
    check: () => {
      if (certificate.material.notAfter.getTime() < Date.now()) throw Object.assign(new Error('expired'), { code: 'CERTIFICATE_EXPIRED' });
    },
  });
}

/** After an error that nobody caught, the process's state is unknown: log it, end, and let a new one start. */
function dieOnSurprise(logger: PlatformLogger): void {
  const die = (error: unknown): void => {
    logger.fatal({ err: error }, 'uncaught error');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}
