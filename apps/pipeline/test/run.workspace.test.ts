import { describe, expect, it } from '@jest/globals';
import type { Keeper } from '../src/jobs/keeper.ts';
import { RunWorkspace } from '../src/jobs/run.workspace.ts';
import type { WorkspaceOptions } from '../src/jobs/run.workspace.ts';

describe('the workspace of a run', () => {
  it('lets its volumes go when the commit cannot be written to them, as with a lockfile that nobody can read', async () => {
    let disposed = 0;
    const volumes = { fill: async () => undefined, dispose: async () => void (disposed += 1) } as unknown as Keeper;
    const source = { files: [], manifests: [], services: [], lockHash: '', packagesHash: '', text: () => '<<<<<<< HEAD\n{}' };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no job is run
    const options = { volumes, source, programs: new Map(), policies: new Map(), settings: {} } as unknown as WorkspaceOptions;
    await expect(RunWorkspace.open(options)).rejects.toMatchObject({ code: 'SOURCE_REFUSED' });
    expect(disposed).toBe(1);
  });
});
