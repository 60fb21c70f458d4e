import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { engine } from '@seaworthy/testing';
import { get } from './https.ts';
import { requireLoopback, requireOwnFiles, requireStoresApart } from './isolation.ts';
import { descendants, listeningAddresses, processOf } from './listeners.ts';
import { RunningCommand } from './running-command.ts';
import { WorkingTree } from './working-tree.fixture.ts';

jest.setTimeout(600_000);

const PROJECT = testProject('develop', process.pid);
const COPY = `${PROJECT}-development`;

const owned = { label: [`${OWNER_LABEL}=${COPY}`] };
const containers = async () => engine.listContainers({ all: true, filters: owned });
const everything = async () => ({
  containers: (await containers()).length,
  networks: (await engine.listNetworks({ filters: owned })).length,
  volumes: (await engine.listVolumes({ filters: owned })).Volumes.length,
});
const NOTHING = { containers: 0, networks: 0, volumes: 0 };

describe('npm run dev, on a copy of the working tree', () => {
  let tree: WorkingTree;
  let command: RunningCommand;
  let port: number;
  let debugPort: number;
  let ca: string;

  const source = (path: string) => join(tree.root, 'apps/catalog/src', path);
  const edit = (path: string, from: string, to: string): void => {
    const text = readFileSync(source(path), 'utf8');
    expect(text).toContain(from);
    writeFileSync(source(path), text.replace(from, to));
  };
  const start = async (): Promise<void> => {
    command = new RunningCommand(tree.root, ['dev', 'catalog'], { SEAWORTHY_PROJECT: PROJECT });
    port = Number((await command.says(/address +https:\/\/localhost:(\d+)\//))[1]);
    debugPort = Number((await command.says(/debugger +127\.0\.0\.1:(\d+)/))[1]);
    ca = readFileSync((await command.says(/curl --cacert (\S+)/))[1] ?? '', 'utf8');
    // it may listen before its stores have answered for the first time
    while ((await get(port, '/health/ready', ca)).status !== 200) await new Promise((next) => setTimeout(next, 50));
  };

  beforeAll(async () => {
    tree = new WorkingTree();
    tree.keepKeys();
    await start();
  });

  afterAll(async () => {
    command.interrupt();
    await command.exited;
    tree.remove();
  });

  describe('when it has started', () => {
    it('serves what was migrated and seeded, over TLS of its own authority', async () => {
      expect(JSON.parse((await get(port, '/health/ready', ca)).body)).toMatchObject({
        details: { postgres: { status: 'up' }, valkey: { status: 'up' } },
      });
      expect((await get(port, '/products?search=sextant', ca)).body).toContain('Sextant');
      expect((await get(port, '/docs', ca)).status).toBe(200);
      await expect(get(port, '/health/live', '')).rejects.toThrow();
    });

    it('listens on loopback and nowhere else, stores included', async () => {
      expect(listeningAddresses(command.pid).length).toBeGreaterThanOrEqual(4); // service and identity, each with a debugger
      await requireLoopback(command.pid, COPY, 2);
    });

    it('runs hardened stores that share no network, volume or secret with the platform', async () => requireStoresApart(COPY));

    it('gives its services none of the platform’s keys', () => {
      requireOwnFiles(command.pid, tree.root);
    });

    it('opens the debugger, whose scripts lead to the sources', async () => {
      const [target] = (await (await fetch(`http://127.0.0.1:${debugPort}/json/list`)).json()) as [{ webSocketDebuggerUrl: string }];
      const map = JSON.parse(readFileSync(join(tree.root, '.seaworthy/development/catalog/bundle/main.mjs.map'), 'utf8')) as {
        sources: string[];
      };
      expect(target.webSocketDebuggerUrl).toContain(`127.0.0.1:${debugPort}`);
      const sources = map.sources.map((path) => join(tree.root, '.seaworthy/development/catalog/bundle', path));
      expect(sources).toContain(source('main.ts'));
      expect(sources.filter((path) => !existsSync(path) && !path.includes('\0'))).toEqual([]);
    });
  });

  describe('when a second one is started in the same clone', () => {
    it('is refused, and the first one stays', async () => {
      const second = new RunningCommand(tree.root, ['dev', 'catalog'], { SEAWORTHY_PROJECT: PROJECT });
      expect(await second.exited).toBe(75);
      expect(second.output).toContain('npm run dev');
      expect((await get(port, '/health/live', ca)).status).toBe(200);
    });
  });

  describe('when a source is saved', () => {
    it('drains the old process, which finishes what it has begun, and starts the new one', async () => {
      const old = processOf(command.pid, 'catalog');
      edit('page/page.controller.ts', 'import ', "import { Query as Ask } from '@nestjs/common';\nimport ");
      appendRoute(source('page/page.controller.ts'));
      await command.says(/✓ reloaded in/, 1);
      const slow = get(port, '/slow?mark=before', ca);
      await command.says(/slow request begun/);
      edit('products/products.controller.ts', 'export class', '/* saved */ export class');
      await command.says(/✓ reloaded in/, 2);
      expect(await slow).toEqual({ status: 200, body: 'before' });
      expect(command.output).toMatch(/drained outcome=ended/);
      expect(descendants(command.pid)).not.toContain(old);
      expect((await get(port, '/products?limit=1', ca)).status).toBe(200);
    });

    it('names the lines of the sources in stack traces', async () => {
      expect((await get(port, '/broken', ca)).status).toBe(500);
      const [, line] = await command.says(/at .*apps\/catalog\/src\/page\/page\.controller\.ts:(\d+):\d+/);
      const text = readFileSync(source('page/page.controller.ts'), 'utf8').split('\n')[Number(line) - 1];
      expect(text).toContain('on purpose');
    });

    it('shows what does not build, keeps what ran, and goes on with the next save', async () => {
      edit('main.ts', 'const catalog', "import './nowhere.ts';\n  const catalog");
      await command.says(/does not build; what ran before runs on/);
      expect((await get(port, '/health/live', ca)).status).toBe(200);
      edit('main.ts', "import './nowhere.ts';\n  ", '');
      await command.says(/✓ reloaded in/, 3);
    });

    it('shows a crash, waits, and starts again with the next save', async () => {
      edit('main.ts', 'await catalog.listen();', "throw new Error('crash on purpose');");
      await command.says(/crash on purpose/);
      await command.says(/✗ ended with 1; the next save starts it again/);
      await expect(get(port, '/health/live', ca)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      edit('main.ts', "throw new Error('crash on purpose');", 'await catalog.listen();');
      await command.says(/✓ reloaded in/, 4);
      expect((await get(port, '/health/live', ca)).status).toBe(200);
    });

    it('migrates again when a migration is among what was saved', async () => {
      edit(
        'migrations/migrations.ts',
        'export const migrations',
        'const renamed = "on purpose";\nthrow new Error(renamed);\nexport const migrations',
      );
      await command.says(/its migration ended with 1/);
      edit('migrations/migrations.ts', 'const renamed = "on purpose";\nthrow new Error(renamed);\n', '');
      await command.says(/✓ reloaded in/, 5);
    });
  });

  describe('when it is interrupted', () => {
    it('drains the service and removes all that it made', async () => {
      const processes = descendants(command.pid);
      expect(await everything()).toEqual({ containers: 2, networks: 1, volumes: 3 });
      command.interrupt();
      expect(await command.exited).toBe(130);
      expect(await everything()).toEqual(NOTHING);
      expect(existsSync(join(tree.root, '.seaworthy/development'))).toBe(false);
      expect(processes.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    });
  });

  describe('when it is killed outright', () => {
    it('takes its services with it, and the next one removes the rest', async () => {
      await start();
      const processes = descendants(command.pid);
      command.kill();
      await command.exited;
      await ended(processes);
      const left = (await containers()).map(({ Id }) => Id);
      expect(left).toHaveLength(2);
      await start();
      expect((await containers()).filter(({ Id }) => left.includes(Id))).toEqual([]);
      expect((await get(port, '/health/ready', ca)).status).toBe(200);
    });
  });

  describe('when npm stop runs beside it', () => {
    it('ends, and leaves nothing', async () => {
      const stop = new RunningCommand(tree.root, ['stop'], { SEAWORTHY_PROJECT: PROJECT });
      expect(await stop.exited).toBe(0);
      expect(await command.exited).toBe(1);
      expect(command.output).toContain('A throw-away store is gone');
      expect(await everything()).toEqual(NOTHING);
    });
  });
});

/** Routes that a test needs and no user: one that takes its time, one that fails. */
function appendRoute(file: string): void {
  const routes = `
  @Get('slow')
  async slow(@Ask('mark') mark: string): Promise<string> {
    console.log('slow request begun');
    await new Promise((done) => setTimeout(done, 700));
    return mark;
  }

  @Get('broken')
  broken(): never {
    throw new Error('on purpose');
  }
}
`;
  const text = readFileSync(file, 'utf8').trimEnd();
  writeFileSync(file, text.slice(0, text.lastIndexOf('}')));
  appendFileSync(file, routes);
}

async function ended(processes: readonly number[]): Promise<void> {
  while (processes.some((pid) => existsSync(`/proc/${pid}`))) await new Promise((next) => setTimeout(next, 50));
}
