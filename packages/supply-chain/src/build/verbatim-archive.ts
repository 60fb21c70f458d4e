import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** `!` and not `-` where git takes no value for false (gitattributes(5)). */
const VERBATIM = '* -export-ignore -export-subst -text -ident -filter !working-tree-encoding\n';

/**
 * Makes `git archive` of a repository write each file of a commit, as it was committed: what git's own attributes file says has precedence
 * over those of the commit, which could leave files out, or write them so that no search knows them.
 *
 * @param gitDir of a repository that is the platform's own, never a user's
 */
export async function archiveVerbatim(gitDir: string): Promise<void> {
  const file = join(gitDir, 'info', 'attributes');
  if ((await readFile(file, 'utf8').catch(() => undefined)) === VERBATIM) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, VERBATIM);
}
