import { describe, expect, it } from '@jest/globals';
import { runLabels } from '../src/jobs/labels.ts';
import { sweep } from '../src/jobs/sweep.ts';

describe('the sweep of what a killed control plane left', () => {
  it('touches nothing of others, even where the engine lists everything', async () => {
    const removed: string[] = [];
    const own = runLabels('mine', 'run-1');
    const engine = {
      listContainers: async () => [
        { id: 'own', name: 'mine.pipeline.run-1.check', labels: own },
        { id: 'service whose image brings the labels', name: 'mine-catalog-1', labels: own },
        { id: 'service of the same project', name: 'mine-orders-1', labels: { 'dev.seaworthy.project': 'mine' } },
        { id: 'job of another project', name: 'theirs.pipeline.run-1.check', labels: runLabels('theirs', 'run-1') },
        { id: 'stranger', name: 'stranger', labels: {} },
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

  it('leaves the packages that later runs use, and removes what it can when the engine keeps something', async () => {
    const removed: string[] = [];
    const remove = async (name: string): Promise<void> => {
      removed.push(name);
      if (name === 'stuck') throw new Error('removal of stuck is in progress');
    };
    const of = (run: string, part: string) => ({ id: part, name: `mine.pipeline.${run}.${part}`, labels: runLabels('mine', run) });
    const engine = {
      listContainers: async () => [of('run-1', 'stuck'), of('packages-new', 'kept'), of('packages-old', 'keeper'), of('run-2', 'check')],
      listVolumes: async () => [of('packages-new', 'kept'), of('run-1', 'v')],
      listNetworks: async () => [of('run-1', 'net')],
      removeContainer: remove,
      removeVolume: remove,
      removeNetwork: remove,
    };
    await expect(sweep(engine, 'mine', 'packages-new')).rejects.toThrow('removal of stuck is in progress');
    expect(removed).toEqual(['stuck', 'keeper', 'check', 'mine.pipeline.run-1.v', 'mine.pipeline.run-1.net']);
  });
});
