import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { serviceCardSchema } from '@seaworthy/policy';
import { freePort } from '../../src/develop/free-port.ts';
import { ServiceRunner } from '../../src/develop/service-runner.ts';
import { unusedPort } from './unused-port.fixture.ts';

const CARD = serviceCardSchema.parse({ name: 'quiet', tier: 'internal', owner: 'shop', description: 'says nothing', parent: 'node' });
/** It logs nothing, as a service does at LOG_LEVEL=warn. */
const QUIET = `import { createServer } from 'node:http';
const server = createServer();
server.listen(Number(process.env['PORT']), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

describe('a service that is developed and logs nothing', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'seaworthy-runner-'));
    mkdirSync(join(root, 'apps/quiet/src'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{ "name": "root", "type": "module", "workspaces": ["apps/*"] }');
    writeFileSync(join(root, 'tsconfig.json'), '{}');
    writeFileSync(join(root, 'apps/quiet/package.json'), '{ "name": "@seaworthy/quiet", "type": "module" }');
    writeFileSync(join(root, 'apps/quiet/src/main.ts'), QUIET);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('has begun when it listens', async () => {
    const [port, debugPort] = [await freePort(await unusedPort()), await freePort(await unusedPort())];
    const service = { card: CARD, port, debugPort, named: true, bundleDir: join(root, 'bundle'), environment: { PORT: String(port) } };
    const said: string[] = [];
    const runner = new ServiceRunner({
      root,
      service,
      compileCache: join(root, 'cache'),
      breakAtStart: false,
      say: (line) => said.push(line),
    });
    try {
      await runner.first;
      expect(said).toEqual([]);
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
    } finally {
      await runner.stop();
    }
  });
});
