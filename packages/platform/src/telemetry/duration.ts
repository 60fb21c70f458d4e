import { metrics } from '@opentelemetry/api';
import type { Attributes, Histogram } from '@opentelemetry/api';

/** Seconds; as OpenTelemetry's semantic conventions advise for clients of databases and messaging. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

export interface DurationOptions {
  /** of the instrumentation, as its spans have it: `seaworthy.cache` */
  scope: string;
  /** by OpenTelemetry's semantic conventions: `db.client.operation.duration` */
  name: string;
  description: string;
}

/** How long one kind of work takes, as a metric; what fails counts, too, with `error.type`. Make it when telemetry has been started. */
export class Duration {
  readonly #histogram: Histogram;

  constructor({ scope, name, description }: DurationOptions) {
    this.#histogram = metrics
      .getMeter(scope)
      .createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: BUCKETS } });
  }

  /** `attributes` have few values: neither keys nor ids. */
  async of<T>(attributes: Attributes, work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    const record = (further: Attributes): void => this.#histogram.record((performance.now() - since) / 1000, { ...attributes, ...further });
    try {
      const result = await work();
      record({});
      return result;
    } catch (error) {
      record({ 'error.type': errorType(error) });
      throw error;
    }
  }
}

/** A code where there is one: messages tell what no metric shall. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error ? String(error.code) : error.name;
}
