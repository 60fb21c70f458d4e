import { drillFolder, drillIds, loadDrill } from '@seaworthy/drills';
import { REPOSITORY } from '../host/paths.ts';

/** Every drill: what the attacker does, what stops him, and what has to go for him to succeed. */
export async function drillsPage(): Promise<string> {
  const sections = await Promise.all(drillIds().map(describe));
  return `# Drills

Each is an attack on the running platform. \`npm run drill <id>\` passes when it is refused for one of the reasons below; \`npm run drill prove <id>\`
passes when it succeeds on a copy without the control. [How to write one](../how-to/write-a-drill.md), [what they prove](../practices.md).

${sections.join('\n\n')}`;
}

async function describe(id: string): Promise<string> {
  const { title, practices, attack, control, refusals, withoutControl } = await loadDrill(id);
  return `## ${id}

[${title}](../../${drillFolder(id).slice(REPOSITORY.length + 1)}/drill.ts)

- Practices: ${practices.join(', ')}
- Attack: ${attack}
- Control: ${control}
- Refused with: ${refusals.map((code) => `\`${code}\``).join(', ')}
- Proved on ${withoutControl.summary}`;
}
