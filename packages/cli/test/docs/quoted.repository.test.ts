import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drillIds, loadDrill } from '@seaworthy/drills';
import { describe, expect, it } from '@jest/globals';
import { DEBUGGER_PORT } from '../../src/debug/replica-copy.ts';
import { chooseServices } from '../../src/develop/services.ts';
import { mainInstance, throwAwayInstance } from '../../src/instance.ts';
import { REPOSITORY } from '../../src/host/paths.ts';
import { createProgram } from '../../src/program.ts';

/** All that there are: the Dockerfile reference, "Overview". */
const INSTRUCTIONS = `ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME
  WORKDIR`.split(/\s+/);

/** Where a line is broken says nothing. */
const textOf = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8').replaceAll(/\s+/g, ' ');

/** As far as it is read here: https://containers.dev/implementors/json_reference/ */
interface DevContainer {
  readonly features: Readonly<Record<string, { readonly version?: string }>>;
  readonly customizations: { readonly vscode: { readonly extensions: readonly string[] } };
  readonly postCreateCommand: string;
}

describe('what pages quote', () => {
  it('the first hour: the heading to change, and the mode to break, are there, and once', () => {
    const page = textOf('docs/tutorials/first-hour.md');
    expect(page).toContain('`Seaworthy chandlery`');
    // not what it says: whoever follows the page changes that
    expect(textOf('apps/catalog/src/page/page.ts').split('<h1>')).toHaveLength(2);
    expect(page).toContain('`0o600`');
    expect(textOf('apps/certificate-agent/src/certificate-file.ts').split('0o600')).toHaveLength(2);
    expect(textOf('apps/certificate-agent/src/certificate-file.test.ts')).toContain('0o600');
  });

  it('the README: how many attacks there are', () => {
    expect(textOf('README.md')).toContain(`${drillIds().length} attacks come with it`);
  });

  it('write a drill: the example is the drill that it names', async () => {
    const page = textOf('docs/how-to/write-a-drill.md');
    const { title, practices, refusals, withoutControl } = await loadDrill('unsigned-image');
    for (const list of [practices, refusals, withoutControl.services])
      expect(page).toContain(`[${list.map((item) => `'${item}'`).join(', ')}]`);
    expect(page).toContain(`title: '${title}'`);
  });

  it('from a Dockerfile: each instruction is translated', () => {
    const lines = readFileSync(join(REPOSITORY, 'docs/how-to/from-dockerfile.md'), 'utf8').split('\n');
    const cells = lines.filter((line) => line.startsWith('| `')).map((line) => line.split(' | ')[0] ?? '');
    const translated = new Set(cells.flatMap((cell) => [...cell.matchAll(/`([A-Z]+)\b/g)].map(([, instruction]) => instruction)));
    expect(translated).toEqual(new Set(INSTRUCTIONS));
  });

  it('from a Dockerfile: the image that the first bridge begins with has the name that the command gives it', async () => {
    const page = textOf('docs/how-to/from-dockerfile.md');
    const images = (await createProgram(['images'])).commands.find((command) => command.name() === 'images');
    const help = images?.commands.find((command) => command.name() === 'export')?.description() ?? '';
    expect(page).toContain('npm run --silent images export node | docker load');
    expect(page).toContain(`FROM ${/seaworthy-dev\S+/.exec(help)?.[0].replace('<image>', 'node') ?? 'no name in the help'} `);
  });

  it('ports and subnets: the defaults, and those of a copy', () => {
    const page = textOf('docs/how-to/ports-and-subnets.md');
    const main = mainInstance(REPOSITORY, {});
    const named = [...page.matchAll(/\| (\d+) \| `SEAWORTHY_(\w+)_PORT` \|/g)].map(([, port, name]) => [name?.toLowerCase(), Number(port)]);
    expect(Object.fromEntries(named)).toEqual(main.ports);
    const copy = throwAwayInstance(main, 'copy', 1);
    expect(page).toContain(`${main.subnet}.0.0/16`);
    expect(page).toContain(`${copy.subnet}.0.0/16`);
    expect(copy.ports.edge - main.ports.edge).toBe(10_100);
    expect(page).toContain('ports plus 10 100');
  });

  it('develop: the ports of each service, and the editor attaches to them', async () => {
    const page = textOf('docs/how-to/develop.md');
    const { services } = await chooseServices(REPOSITORY, ['all']);
    for (const { card, port, debugPort } of services)
      expect(page).toContain(`| ${card.name} | \`https://localhost:${port}/\` | \`127.0.0.1:${debugPort}\` | "Attach to ${card.name}" |`);
    const { configurations } = JSON.parse(textOf('.vscode/launch.json')) as { configurations: { name: string; port?: number }[] };
    const attaching = configurations.filter(({ port }) => port !== undefined);
    expect(attaching.map(({ name, port }) => [name, port])).toEqual([
      ...services.map(({ card, debugPort }) => [`Attach to ${card.name}`, debugPort]),
      ['Attach to a copy', DEBUGGER_PORT],
    ]);
    for (const { name } of configurations) expect(page).toContain(`"${name}"`);
  });

  it('develop: a dev container has what a clone wants, and the editor that the clone recommends', () => {
    const container = JSON.parse(textOf('.devcontainer/devcontainer.json')) as DevContainer;
    const { scripts, engines } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string>; engines: { node: string } };
    const { recommendations } = JSON.parse(textOf('.vscode/extensions.json')) as { recommendations: string[] };
    const featureOf = (name: string) => Object.entries(container.features).find(([feature]) => feature.includes(`/${name}:`))?.[1];
    expect(`>=${featureOf('node')?.version}`).toBe(engines.node);
    expect(featureOf('docker-in-docker')).toBeDefined();
    expect(container.customizations.vscode.extensions).toEqual(recommendations);
    expect(Object.keys(scripts).map((name) => `npm run ${name}`)).toContain(container.postCreateCommand);
    expect(textOf('docs/how-to/develop.md')).toContain('`.devcontainer/devcontainer.json` is **untried**');
  });
});
