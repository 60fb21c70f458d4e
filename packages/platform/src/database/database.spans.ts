import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import pg from 'pg';

let patched = false;

/**
 * Spans of statements. The instrumentation waits for somebody to `require('pg')`, which never happens in a bundle (it then gives no
 * spans, silently): so its patch is applied by hand.
 */
export function tracePostgres(): void {
  if (patched) return;
  patched = true;
  const instrumentation = new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true });
  const definition = instrumentation.getModuleDefinitions().find(({ name }) => name === 'pg');
  if (!definition?.patch) throw new Error('expected instrumentation-pg to patch pg, found no such definition; did its version change?');
  definition.patch(pg, undefined);
}
