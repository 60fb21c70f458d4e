import { Controller, Get, Header, Logger, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import { ApiExcludeController } from '@nestjs/swagger';
import { Anonymous } from '../auth/access.decorators.ts';
import { ProblemError } from '../errors/problem.ts';
import type { PlatformProblemCode } from '../errors/problem.ts';
import { HealthRegistry } from './health-registry.ts';
import type { HealthCheck } from './health-registry.ts';
import { Lifecycle } from './lifecycle.ts';

/**
 * A probe has to answer before whoever asks gives up (`timeout check` of the edge): silent, a replica whose database does not answer looks
 * as if it hung itself, and would be replaced in vain.
 */
export const CHECK_TIMEOUT_MS = 400;

/**
 * `live` says "I am broken, replace me"; `ready` says "do not send me requests now, because of that dependency".
 * A dependency that is away never fails `live`: replacing every replica would not bring it back.
 */
@Anonymous() // probes carry no token; they tell codes alone, and the edge keeps them inside
@ApiExcludeController()
@Controller('health')
export class HealthController {
  readonly #logger = new Logger('health');
  readonly #last = new Map<string, string>();
  readonly #health: HealthCheckService;
  readonly #indicators: HealthIndicatorService;
  readonly #registry: HealthRegistry;
  readonly #lifecycle: Lifecycle;

  constructor(health: HealthCheckService, indicators: HealthIndicatorService, registry: HealthRegistry, lifecycle: Lifecycle) {
    this.#health = health;
    this.#indicators = indicators;
    this.#registry = registry;
    this.#lifecycle = lifecycle;
  }

  @Get('live')
  @Header('cache-control', 'no-store')
  async live(): Promise<HealthCheckResult> {
    return this.#probe('NOT_ALIVE', this.#registry.checks('alive'));
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(): Promise<HealthCheckResult> {
    const draining: HealthCheck[] = this.#lifecycle.draining ? [{ name: 'drain', kind: 'required', check: refuse('DRAINING') }] : [];
    return this.#probe('NOT_READY', [...this.#registry.checks('required', 'optional'), ...draining]);
  }

  async #probe(code: PlatformProblemCode & ('NOT_ALIVE' | 'NOT_READY'), checks: HealthCheck[]): Promise<HealthCheckResult> {
    try {
      return await this.#health.check(checks.map((check) => () => this.#indicate(check)));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const { details } = error.getResponse() as HealthCheckResult;
      throw new ProblemError({ status: 503, code, detail: detail(details), extensions: { details }, headers: { 'retry-after': '2' } });
    }
  }

  /** The reason is a code, never a message: messages of drivers name hosts and users. */
  async #indicate({ name, kind, check }: HealthCheck): Promise<HealthIndicatorResult> {
    const session = this.#indicators.check(name);
    try {
      await within(CHECK_TIMEOUT_MS, check);
      this.#note(name, 'up');
      return session.up();
    } catch (error) {
      const reason = codeOf(error);
      this.#note(name, reason);
      return kind === 'optional' ? session.degraded({ reason }) : session.down({ reason });
    }
  }

  /** Logs changes only: a dependency that stays away is asked for every second. */
  #note(name: string, state: string): void {
    if ((this.#last.get(name) ?? 'up') !== state) this.#logger.warn({ msg: 'health changed', check: name, state });
    this.#last.set(name, state);
  }
}

function detail(details: HealthCheckResult['details']): string {
  const down = Object.entries(details).filter(([, { status }]) => status === 'down');
  return `not fit: ${down.map(([name]) => name).join(', ')}`;
}

function refuse(code: string): () => Promise<void> {
  return async () => {
    throw Object.assign(new Error(code), { code });
  };
}

async function within(ms: number, check: HealthCheck['check']): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('timeout'), { code: 'TIMEOUT' })), ms);
  });
  try {
    await Promise.race([check(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
}
