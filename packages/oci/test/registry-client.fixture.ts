import { expect } from '@jest/globals';
import { digestOf, MEDIA_TYPES, RegistryClient } from '../src/index.ts';
import type { Descriptor, OciErrorCode, RegistryOptions } from '../src/index.ts';
import { startScriptedRegistry } from './scripted-registry.ts';
import type { Script } from './scripted-registry.ts';

export const BASE_URL = 'http://registry.example';
export const BLOB = Buffer.from('the content of a layer');
export const LAYER: Descriptor = { mediaType: MEDIA_TYPES.layerTar, digest: digestOf(BLOB), size: BLOB.length };
export const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.imageManifest,
    config: { mediaType: MEDIA_TYPES.imageConfig, digest: digestOf('{}'), size: 2 },
    layers: [LAYER],
  }),
);

/** What is too slow on a busy machine is not what these tests are about, but for those that say so. */
const PATIENCE_MS = 30_000;

/** Clients of scripted registries; `close` ends all that `open` has opened. */
export function clients() {
  const cleanup: (() => Promise<void>)[] = [];
  return {
    open: async (script: Script, options: Partial<RegistryOptions> = {}) => {
      const server = await startScriptedRegistry(script);
      const client = new RegistryClient({ baseUrl: BASE_URL, socketPath: server.socketPath, timeoutMs: PATIENCE_MS, ...options });
      cleanup.push(
        async () => server.stop(),
        async () => client.close(),
      );
      return { client, exchanges: server.exchanges };
    },
    close: async () => {
      for (const step of cleanup.splice(0).toReversed()) await step();
    },
  };
}

export function serveManifest(headers: Record<string, string> = {}): Script {
  return (_request, response) => void response.writeHead(200, { 'content-type': MEDIA_TYPES.imageManifest, ...headers }).end(MANIFEST);
}

/** Answers only who brings a token, and gives tokens at `/token`. */
export function withTokens(script: Script, realm = '/token', { lifetime = 300 } = {}): Script {
  return (request, response, exchange) => {
    if (exchange.path.startsWith('/token')) return void response.end(JSON.stringify({ token: 'a-token', expires_in: lifetime }));
    if (exchange.host === 'registry.example' && exchange.authorization !== 'Bearer a-token') {
      return void response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="registry"` }).end();
    }
    return script(request, response, exchange);
  };
}

export async function expectCode(promise: Promise<unknown>, code: OciErrorCode): Promise<void> {
  await expect(promise).rejects.toMatchObject({ name: 'OciError', code });
}
