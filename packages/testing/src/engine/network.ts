import { randomUUID } from 'node:crypto';
import { TEST_LABELS, engine } from './engine.ts';

export interface TestNetwork {
  name: string;
  remove(): Promise<void>;
}

/** A network of one test's own, in which containers find each other by their aliases. */
export async function testNetwork(): Promise<TestNetwork> {
  const name = `seaworthy-test-${randomUUID()}`;
  const network = await engine.createNetwork({ Name: name, Labels: { ...TEST_LABELS }, CheckDuplicate: true });
  return { name, remove: async () => network.remove() };
}
