import { join } from 'node:path';
import { parseFindings } from '../findings.ts';
import type { DrillPlatform } from '../platform.ts';

export interface LedgerLine {
  /** the order that was paid */
  readonly reference: string;
  readonly key: string;
  readonly status: 'succeeded' | 'declined';
}

/** What the provider has charged for these orders, from its own ledger: what payments says of it is no proof. */
export async function readLedger(platform: DrillPlatform, references: readonly string[]): Promise<LedgerLine[]> {
  const program = { file: join(import.meta.dirname, 'ledger.program.ts'), args: [JSON.stringify({ references })] };
  return parseFindings<LedgerLine[]>(await platform.inPlaceOf('payment-provider', { program, offline: true }));
}
