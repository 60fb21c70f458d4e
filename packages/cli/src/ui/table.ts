/** Rows in columns as wide as their longest cell; the first row may be a heading. */
export function table(rows: readonly (readonly string[])[], { indent = '  ' }: { readonly indent?: string } = {}): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) => `${indent}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n');
}

/** A title and its facts, for the end of a command. */
export function section(title: string, facts: readonly (readonly string[])[]): string {
  return `${title}\n${table(facts)}`;
}
