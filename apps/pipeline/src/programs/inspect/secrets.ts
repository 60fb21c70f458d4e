import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FoundSecret } from '@seaworthy/policy/change';
import { z } from 'zod';
import { runProgram } from '../run.command.ts';

interface Search {
  /** folder of the commit's files */
  readonly root: string;
  /** folder that is made for the search, and removed */
  readonly work: string;
  /** gitleaks' configuration, ours */
  readonly rules: string;
  readonly gitleaks?: string;
}

const Report = z
  .array(z.object({ RuleID: z.string(), Description: z.string(), File: z.string(), StartLine: z.int(), Secret: z.string() }))
  .nullable();

/** gitleaks passes over a line that holds this word; as many characters, so that columns stay */
const INLINE_ALLOWANCE = /gitleaks:allow/gi;
const SILENCED = 'gitleaks_allow';

/**
 * Every secret in the files of a commit, by gitleaks. What a change could say to be passed over is taken from it first: files are
 * searched under names of our own (a name can be on a list of exceptions), behind an empty line (content that begins like an archive
 * is not searched), without comments that allow, and without a configuration among them.
 */
export async function findSecrets({ root, work, rules, gitleaks = '/usr/bin/gitleaks' }: Search): Promise<FoundSecret[]> {
  const files = filesBelow(root);
  const [copies, report] = [join(work, 'files'), join(work, 'report.json')];
  mkdirSync(copies, { recursive: true });
  try {
    for (const [index, file] of files.entries()) {
      const text = readFileSync(join(root, file), 'latin1').replace(INLINE_ALLOWANCE, SILENCED);
      writeFileSync(join(copies, `${index}.txt`), `\n${text}`, 'latin1');
    }
    const words = ['--no-git', '--no-banner', '--exit-code', '0', '--source', copies, '--config', rules, '--report-path', report];
    const { code, stderr } = await runProgram(gitleaks, ['detect', ...words], { cwd: work });
    if (code !== 0) throw new Error(`expected gitleaks to search the files of the commit, found exit code ${code}: ${stderr.slice(-500)}`);
    return (Report.parse(JSON.parse(readFileSync(report, 'utf8'))) ?? []).map(({ RuleID, Description, File, StartLine, Secret }) => ({
      file: files[Number.parseInt(basename(File), 10)] ?? '(unknown)',
      // one for the empty line before it
      line: Math.max(StartLine - 1, 1),
      rule: RuleID,
      description: Description,
      sha256: createHash('sha256').update(Secret, 'utf8').digest('hex'),
    }));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Every file of the commit; packages are not of it, and links are only those that the control plane made. */
function filesBelow(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(root, path);
    return entry.isFile() ? [path] : [];
  });
}
