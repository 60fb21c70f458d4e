import { endsOfExceptions } from '@seaworthy/policy/change';
import type { EndOfException } from '@seaworthy/policy/change';
import { runCommand } from './command.ts';
import type { CommandRunner } from './command.ts';

const FILES = ['exceptions.yaml', 'licences.yaml', 'secrets.yaml'].map((name) => `infra/policies/${name}`);

/** The dated exceptions that the policies of a commit make: none of what it does not have, or nobody can read. */
export async function exceptionsOf(root: string, commit: string, run: CommandRunner = runCommand): Promise<EndOfException[]> {
  const found = await Promise.all(
    FILES.map(async (file) => {
      const { code, stdout } = await run('git', ['-C', root, 'show', `${commit}:${file}`]);
      return code === 0 ? endsOfExceptions(file, stdout) : [];
    }),
  );
  return found.flat();
}
