import { describe, expect, it } from '@jest/globals';
import { runLabels } from '../src/jobs/labels.ts';
import { sweep } from '../src/jobs/sweep.ts';

describe('the sweep of what a killed control plane left', () => {
  it('touches nothing of others, even where the engine lists everything', async () => {
    const removed: string[] = [];
    const own = runLabels('mine', 'run-1');
    const engine = {
      listContainers: async () => [
        { id: 'own', labels: own },
        { id: 'service of the same project', labels: { 'dev.seaworthy.project': 'mine' } },
        { id: 'job of another project', labels: runLabels('theirs', 'run-1') },
        { id: 'stranger', labels: {} },
      ],
      listVolumes: async () => [
        { name: 'own volume', labels: own },
        { name: 'data of the same project', labels: { 'dev.seaworthy.project': 'mine' } },
        { name: 'volume of a stranger', labels: {} },
      ],
      listNetworks: async () => [
        { name: 'own network', labels: own },
        { name: 'network of the same project', labels: { 'dev.seaworthy.project': 'mine' } },
      ],
      removeNetwork: async (name: string) => void removed.push(name),
      removeContainer: async (id: string) => void removed.push(id),
      removeVolume: async (name: string) => void removed.push(name),
    };
    await sweep(engine, 'mine');
    expect(removed).toEqual(['own', 'own volume', 'own network']);
  });
});
