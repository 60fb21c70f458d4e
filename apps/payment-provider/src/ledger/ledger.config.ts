import { z } from 'zod';
import { configGroup, variable } from '@seaworthy/platform';

/** Where charges are written down: a file of its own volume. */
export class LedgerConfig extends configGroup({
  file: variable('LEDGER_FILE', z.string().regex(/^\/[\w./-]{1,200}$/, 'must be an absolute path')),
}) {}
