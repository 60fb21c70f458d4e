import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { engineFolder } from '../../src/host/platform-objects.ts';

describe('engineFolder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-engine-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const asked = async (DockerRootDir: string): Promise<string | undefined> => {
    const socketPath = join(folder, 'engine.sock');
    const server = createServer((_, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ DockerRootDir })),
    );
    await new Promise<void>((settle) => server.listen(socketPath, settle));
    try {
      return await engineFolder({ socketPath, socketGroup: 0, version: '28.2.2', apiVersion: '1.50' });
    } finally {
      server.close();
    }
  };

  it('is where the engine says that it keeps its images: its disk is looked at, not that of /var/lib', async () => {
    await expect(asked(folder)).resolves.toBe(folder);
  });

  it('is unknown where that is a folder of a virtual machine', async () => {
    await expect(asked(join(folder, 'none'))).resolves.toBeUndefined();
  });
});
