// Runs in the place of the payment provider: reads its ledger, whatever it says of it.
import { readFileSync } from 'node:fs';

const { references } = JSON.parse(process.argv[2] ?? '') as { references: string[] };
const lines = readFileSync(process.env['LEDGER_FILE'] ?? '', 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as { reference: string; key: string; status: string });
console.log(`findings=${JSON.stringify(lines.filter(({ reference }) => references.includes(reference)))}`);
