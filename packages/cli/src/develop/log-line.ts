/** A service's JSON log line as a person reads it; what is no such line stays as it is. Stacks keep their lines. */
export function readable(line: string): string {
  const record = parse(line);
  if (!record) return line;
  const { level, time: _time, service: _service, msg, err, pid: _pid, hostname: _hostname, ...rest } = record;
  const facts = Object.entries(rest)
    .filter(([name]) => !HIDDEN.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const head = [level.padEnd(5), msg, ...facts].join(' ');
  const stack = stackOf(err);
  return stack ? `${head}\n${stack}` : head;
}

/** They tie lines of many services together; on one screen they only push the rest out of sight. */
const HIDDEN = new Set(['trace_id', 'span_id', 'requestId']);

/** Nest tells at every start what it mapped where: the description at /docs says it better. */
export function isBootNoise(line: string): boolean {
  return (
    line.startsWith('{"level":"info"') &&
    /"context":"(?:NestFactory|InstanceLoader|RoutesResolver|RouterExplorer|NestApplication)"/.test(line)
  );
}

interface LogRecord extends Record<string, unknown> {
  readonly level: string;
  readonly msg: string;
}

function parse(line: string): LogRecord | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    const isRecord = typeof value['level'] === 'string' && typeof value['msg'] === 'string';
    return isRecord ? (value as LogRecord) : undefined;
  } catch {
    return undefined;
  }
}

function stackOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { stack, message } = error as { stack?: string; message?: string };
  return stack ?? message;
}
