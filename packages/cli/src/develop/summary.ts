import { section } from '../ui/table.ts';
import type { DevelopedService } from './developed-service.ts';

/** Where everything answers, and how to end it. */
export function sessionSummary({
  services,
  rootFile,
}: {
  readonly services: readonly DevelopedService[];
  readonly rootFile: string;
}): string {
  const parts = services.map(({ card, port, debugPort }) =>
    section(card.name, [
      ['address', `https://localhost:${port}/`],
      ['docs page', `https://localhost:${port}/docs`],
      ['debugger', `127.0.0.1:${debugPort} (VS Code: "Attach to ${card.name}"; Chrome: chrome://inspect)`],
      ['try it', `curl --cacert ${rootFile} https://localhost:${port}${card.health.ready}`],
    ]),
  );
  return [...parts, 'Save a source to reload. Ctrl-C stops the services and removes their stores, data and certificates.'].join('\n\n');
}
