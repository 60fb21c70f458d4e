import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { AlwaysOffSampler, AlwaysOnSampler, BatchSpanProcessor, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { DestinationStream } from 'pino';
import { LogExport } from '../logging/log-export.ts';

/** How long an export may take: with the collector away, this is what the exit waits for. */
const EXPORT_TIMEOUT_MS = 1_000;
const METRICS_INTERVAL_MS = 15_000;
/** The default queue (2048) loses spans above 400 requests a second while an export is under way. */
const BATCH = { maxQueueSize: 16_384, maxExportBatchSize: 1_024, scheduledDelayMillis: 1_000 };

export interface Telemetry {
  /** where log lines go on their way to `destination`: to the collector too, when that was asked for */
  logs(destination: DestinationStream): DestinationStream;
  /** Sends what is left, for at most a second, then stops. Never throws. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  service: string;
  /** base URL of an OTLP/HTTP collector; without one nothing is recorded, but trace ids are made and passed on */
  endpoint: string | undefined;
  /** send log lines to the collector as well */
  exportLogs?: boolean;
  /** a test's own exporter of spans */
  spanExporter?: SpanExporter;
}

/**
 * Starts traces and metrics: a lean set (server, undici, pg, runtime) instead of sdk-node and all its instrumentations.
 * The collector gets OTLP over HTTP. Without a collector every span is unsampled, which costs next to nothing.
 */
export function startTelemetry({ service, endpoint, exportLogs = false, spanExporter }: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'seaworthy' });
  const exporter =
    spanExporter ??
    (endpoint ? new OTLPTraceExporter({ url: `${trimSlash(endpoint)}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS }) : undefined);
  const traces = new TracerProvider({
    resource,
    sampler: exporter ? new ParentBasedSampler({ root: new AlwaysOnSampler() }) : new AlwaysOffSampler(),
    spanProcessors: exporter ? [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS, ...BATCH })] : [],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(traces);
  const meters = endpoint ? startMetrics(resource, endpoint) : undefined;
  const logs = endpoint && exportLogs ? new LogExport({ resource, endpoint: trimSlash(endpoint), timeout: EXPORT_TIMEOUT_MS }) : undefined;
  const instrumentations = endpoint ? [new UndiciInstrumentation(), new RuntimeNodeInstrumentation()] : [new UndiciInstrumentation()];
  return {
    logs: (destination) => logs?.beside(destination) ?? destination,
    shutdown: async () => {
      for (const instrumentation of instrumentations) instrumentation.disable();
      await Promise.race([Promise.allSettled([traces.shutdown(), meters?.shutdown(), logs?.shutdown()]), timeout(EXPORT_TIMEOUT_MS)]);
      trace.disable();
      metrics.disable();
      context.disable();
      propagation.disable();
    },
  };
}

function startMetrics(resource: ReturnType<typeof resourceFromAttributes>, endpoint: string): MeterProvider {
  const exporter = new OTLPMetricExporter({ url: `${trimSlash(endpoint)}/v1/metrics`, timeoutMillis: EXPORT_TIMEOUT_MS });
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: METRICS_INTERVAL_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const meters = new MeterProvider({ resource, readers: [reader] });
  metrics.setGlobalMeterProvider(meters);
  return meters;
}

function trimSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}

async function timeout(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
}
