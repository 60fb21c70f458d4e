import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEDIA_TYPES, RegistryClient } from '@seaworthy/oci';
import { REPOSITORY } from './harness.ts';
import type { Harness } from './harness.ts';

/** The harness's registry behind one that has the referrers API, and gives each referrer on a page of its own. */
export async function pagedRegistry({ registry, storage, image }: Harness) {
  const referrers = await registry.referrers(REPOSITORY, image.digest);
  const directory = await mkdtemp(join(tmpdir(), 'paged-registry-'));
  const socketPath = join(directory, 'socket');
  const server = createServer((asked, response): void => {
    const { pathname, searchParams } = new URL(asked.url ?? '', 'http://registry');
    if (pathname.includes('/referrers/')) {
      const page = Number(searchParams.get('page'));
      if (page + 1 < referrers.length) response.setHeader('link', `<${pathname}?page=${page + 1}>; rel="next"`);
      const manifests = referrers.slice(page, page + 1);
      return void response.end(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests }));
    }
    const { method = 'GET', url: path = '' } = asked;
    const passedOn = request({ socketPath: storage.socketPath, method, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    asked.pipe(passedOn);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const client = new RegistryClient({ baseUrl: 'http://registry', socketPath });
  return {
    client,
    async stop() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}
