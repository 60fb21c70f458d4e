export type Audit = (record: Record<string, unknown>) => void;

/** One JSON object a line: what was asked by whom, and by which rule it was refused. Bodies are never logged: they may hold secrets. */
export const auditLog: Audit = (record) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), service: 'engine-filter', ...record })}\n`);
};
