import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

export interface CollectedLog {
  body: { stringValue?: string };
  severityText?: string;
  traceId?: string;
  spanId?: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

/** A point of a metric, without its value. */
export interface CollectedMetric {
  name: string;
  attributes: Record<string, unknown>;
}

/** A collector of telemetry, made small: takes OTLP/HTTP with JSON on loopback and keeps what it got. */
export class OtlpCollector {
  readonly spans: CollectedSpan[] = [];
  readonly metrics: CollectedMetric[] = [];
  readonly logs: CollectedLog[] = [];
  readonly #server: Server;

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((done) => collector.#server.listen(0, '127.0.0.1', done));
    return collector;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        this.#take(request.url ?? '', JSON.parse(text) as Export);
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #take(url: string, { resourceSpans = [], resourceMetrics = [], resourceLogs = [] }: Export): void {
    if (url === '/v1/traces') this.spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
    this.metrics.push(...resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(pointsOf))));
    this.logs.push(...resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

interface Export {
  resourceLogs?: { scopeLogs: { logRecords: CollectedLog[] }[] }[];
  resourceSpans?: { scopeSpans: { spans: CollectedSpan[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: ExportedMetric[] }[] }[];
}

interface Points {
  dataPoints: { attributes: { key: string; value: Record<string, unknown> }[] }[];
}

interface ExportedMetric {
  name: string;
  histogram?: Points;
  gauge?: Points;
  sum?: Points;
}

/** A value in OTLP's JSON is an object whose one field names its type. */
function pointsOf({ name, histogram, gauge, sum }: ExportedMetric): CollectedMetric[] {
  const { dataPoints = [] } = histogram ?? gauge ?? sum ?? {};
  return dataPoints.map(({ attributes }) => ({
    name,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  }));
}
