import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, OwnContainer, ownImage, testNetwork } from '@seaworthy/testing';
import type { TestNetwork } from '@seaworthy/testing';
import { egressRules } from '../../src/egress.ts';

const REGISTRY = 'registry.inside.example';
const COMPANY = 'proxy.inside.example';
const OUTSIDE = ['http://mirror.outside.example:8080/debian', 'http://198.51.100.7:8080/debian', 'http://[2001:db8::7]:8080/debian'];

/** The proxy of jobs, in a company whose own proxy is the way to everything but its own machines. */
describe('the egress proxy behind a proxy', () => {
  const parts: OwnContainer[] = [];
  let network: TestNetwork;
  let egress: OwnContainer;

  beforeAll(async () => {
    network = await testNetwork();
    await answering('the registry itself', REGISTRY);
    await answering('through the company', COMPANY);
    const rules = egressRules({
      npmRegistry: `http://${REGISTRY}:8080/`,
      debianMirrors: [...OUTSIDE, 'http://localhost.inside.example:8080/'],
      upstreamProxy: `http://${COMPANY}:8080`,
      noProxy: 'elsewhere.example,.inside.example',
    });
    egress = await OwnContainer.start({
      image: await ownImage('squid'),
      port: 3128,
      ready: /Accepting HTTP Socket connections/,
      // what a name of the company leads to is the company's word: one leads to the proxy's own container
      files: {
        '/run/squid/allow.conf': `${rules}hosts_file /run/squid/hosts\n`,
        '/run/squid/hosts': '127.0.0.1 localhost.inside.example\n',
      },
      network: network.name,
    });
    parts.push(egress);
  });
  afterAll(async () => {
    for (const part of parts) await part.stop();
    await network.remove();
  });
  const answering = async (answer: string, alias: string): Promise<void> => {
    const program = `require('node:http').createServer((_, response) => response.end('${answer}')).listen(8080, () => console.log('ready'))`;
    const image = await ownImage('node');
    parts.push(await OwnContainer.start({ image, port: 8080, ready: /ready/, command: ['--eval', program], network: network.name, alias }));
  };

  it('goes straight to what the user excepts from the proxy', async () => {
    // squid asks the engine for the name; that may take its time on a machine that starts much else
    await eventually(async () =>
      expect(await ask(egress, `http://${REGISTRY}:8080/`)).toEqual({ status: 200, body: 'the registry itself' }),
    );
  });

  it.each(OUTSIDE)('goes to %s through it', async (url) => {
    expect(await ask(egress, url)).toEqual({ status: 200, body: 'through the company' });
  });

  it('lets no exception lead to itself', async () => {
    expect(await ask(egress, 'http://localhost.inside.example:8080/')).toMatchObject({ status: 403 });
  });

  it('refuses what is not on its list, though the user excepts it', async () => {
    expect(await ask(egress, `http://${COMPANY}:8080/`)).toMatchObject({ status: 403 });
  });
});

async function ask(proxy: OwnContainer, url: string): Promise<{ status: number | undefined; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>();
  const request = get({ host: '127.0.0.1', port: proxy.port, path: url, headers: { host: new URL(url).host }, agent: false }, (answer) => {
    text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject);
  });
  request.once('error', reject);
  return promise;
}
