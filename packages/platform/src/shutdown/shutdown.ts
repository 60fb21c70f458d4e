import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Lifecycle } from '../health/lifecycle.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { writeRemaining } from '../logging/standard-output.ts';

export interface ShutdownOptions {
  /** a Nest application, or whatever closes and has a server */
  app: Pick<INestApplication, 'close' | 'getHttpServer'>;
  lifecycle: Lifecycle;
  logger: PlatformLogger;
  /** ms between "not ready" and closing the door */
  drainDelay: number;
  /** ms from the signal to the end, at most */
  grace: number;
  /** after the last request: telemetry and the like */
  finish: () => Promise<void>;
}

const SWEEP_MS = 100;

/**
 * Drain on SIGTERM and SIGINT: readiness goes down first, and the door stays open until the balancer has noticed. Then no new
 * connection; requests in flight end; pools close; telemetry is flushed; exit 0. What does not end within the grace is cut, exit 1.
 */
export function drainOnSignal(options: ShutdownOptions): void {
  let begun = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (begun) return;
      begun = true;
      void drain(signal, options).then(async (code) => {
        await writeRemaining();
        process.exit(code);
      });
    });
  }
}

async function drain(signal: NodeJS.Signals, { app, lifecycle, logger, drainDelay, grace, finish }: ShutdownOptions): Promise<number> {
  logger.info({ signal, drainDelay, grace }, 'draining');
  lifecycle.drain();
  const ended = close(app, drainDelay, finish).then(() => 'ended' as const);
  const late = delay(grace, 'late' as const);
  try {
    const outcome = await Promise.race([ended, late]);
    logger[outcome === 'ended' ? 'info' : 'error']({ outcome }, 'drained');
    return outcome === 'ended' ? 0 : 1;
  } catch (error) {
    logger.error({ err: error }, 'drain failed');
    return 1;
  }
}

async function close(app: ShutdownOptions['app'], drainDelay: number, finish: () => Promise<void>): Promise<void> {
  await delay(drainDelay);
  const server = app.getHttpServer() as Server;
  // connections become idle one by one while their last answers leave (polite-close.ts), and a kept-alive one would hold the server open
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  try {
    await app.close();
    await finish();
  } finally {
    clearInterval(sweep);
  }
}
