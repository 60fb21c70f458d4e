import { CUSTOMERS } from '../start/people.ts';
import { shellWord } from '../ui/shell-word.ts';
import { section } from '../ui/table.ts';
import type { DevelopedService } from './developed-service.ts';
import { IDENTITY } from './services.ts';
import type { CustomerTokens } from './tokens.ts';

/** Where everything answers, and how to end it. */
export function sessionSummary({
  services,
  rootFile,
  tokens,
}: {
  readonly services: readonly DevelopedService[];
  readonly rootFile: string;
  readonly tokens: Pick<CustomerTokens, 'fileOf'>;
}): string {
  const parts = services.map(({ card, port, debugPort }) =>
    section(card.name, [
      ['address', `https://localhost:${port}/`],
      ...(card.name === IDENTITY ? [] : [['docs page', `https://localhost:${port}/docs`]]),
      ['debugger', `127.0.0.1:${debugPort} (VS Code: "Attach to ${card.name}"; Chrome: chrome://inspect)`],
      ['try it', `curl --cacert ${shellWord(rootFile)} https://localhost:${port}${card.health.ready}`],
    ]),
  );
  const asCustomer = CUSTOMERS.map((name) => [`as ${name}`, `-H "authorization: Bearer $(cat ${shellWord(tokens.fileOf(name))})"`]);
  if (services.some(({ card }) => card.name === IDENTITY)) parts.push(section('To ask as a customer, add to curl', asCustomer));
  return [...parts, 'Save a source to reload. Ctrl-C stops the services and removes their stores, data and certificates.'].join('\n\n');
}
