import { beforeAll, describe, expect, it } from '@jest/globals';
import { GenericContainer, Wait } from 'testcontainers';
import { engine, ownImage, TEST_LABELS, testAuthority } from '../../src/index.ts';

const VARIABLES = ['EDGE_REQUESTS_PER_ADDRESS', 'EDGE_REQUESTS_PER_TOKEN', 'EDGE_CONNECTIONS_PER_ADDRESS'];

describe('the edge, told how much one client may do', () => {
  let files: { target: string; content: string; mode: number }[];
  beforeAll(async () => {
    const authority = await testAuthority();
    const { cert, key } = await authority.issue('localhost');
    const contents = { '/run/edge/edge.pem': `${cert}\n${key}`, '/run/seaworthy/trust/root.pem': authority.root };
    files = Object.entries(contents).map(([target, content]) => ({ target, content, mode: 0o444 }));
  });

  /** What HAProxy says of its configuration before it would start with it. */
  async function checked(environment: Record<string, string>): Promise<{ code: number; said: string }> {
    const started = await new GenericContainer(await ownImage('haproxy'))
      .withLabels(TEST_LABELS)
      .withNetworkMode('none')
      .withEnvironment(environment)
      .withCopyContentToContainer(files)
      .withCommand(['-c', '-V', '-f', '/etc/haproxy/haproxy.cfg'])
      .withWaitStrategy(Wait.forLogMessage(/Configuration file is valid|Error\(s\) found/))
      .start();
    const container = engine.getContainer(started.getId());
    try {
      const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
      return { code, said: (await container.logs({ stdout: true, stderr: true })).toString('utf8') };
    } finally {
      await container.remove({ force: true });
    }
  }

  it('starts with numbers', async () => {
    const { code, said } = await checked(Object.fromEntries(VARIABLES.map((name) => [name, '300'])));
    expect(said).not.toContain('ALERT');
    expect(code).toBe(0);
  });

  describe.each(VARIABLES)('in %s', (name) => {
    it.each(['abc', '', '1e3', '-1'])('does not start with "%s", and names the variable', async (value) => {
      const { code, said } = await checked({ [name]: value });
      expect(said).toContain(name);
      for (const other of VARIABLES.filter((variable) => variable !== name)) expect(said).not.toContain(other);
      expect(code).toBe(1);
    });
  });
});
