import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runNode } from '../run.command.ts';
import type { Finished } from '../run.command.ts';
import { failedTests } from './jest.report.ts';

export interface Check {
  readonly name: string;
  readonly run: () => Promise<Finished>;
  /** lines for people when it says no */
  readonly problems: (finished: Finished) => string[];
}

interface Places {
  /** of the repository */
  readonly source: string;
  /** with its node_modules */
  readonly packages: string;
  /** to write to */
  readonly scratch: string;
}

/** Where things are, and what of the repository is checked. */
interface Scope extends Places {
  /** `apps/catalog` and the like */
  readonly workspaces: readonly string[];
  /** whether these are all there are */
  readonly isWhole: boolean;
  /** path of a file of the packages */
  readonly bin: (path: string) => string;
}

/** enough to see what is wrong; all of it is in the job's log */
const LINES = 15;
/** Workspaces whose tests one process runs sooner than two: each loads what they import by itself, and other checks want a core, too. */
const FEW = 3;
const lines = ({ stdout, stderr }: Finished): string[] =>
  `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, LINES);

export const jestReportFile = ({ scratch }: Pick<Places, 'scratch'>): string => join(scratch, 'jest.json');

/**
 * What a change has to pass before anything is built from it: lint, types and unit tests of the workspaces that it can have altered;
 * format, and tests that read the whole repository, whatever it is. Tools are those of the lockfile; how they are called is said here.
 * They run at the same time on two cores, beside the build: a tool that does a part of its work once on each core is held to one.
 */
export function checksOf(places: Places, workspaces: readonly string[]): Check[] {
  const all = globSync('{apps,packages}/*/package.json', { cwd: places.source }).map((file) => dirname(file));
  const scope: Scope = {
    ...places,
    workspaces,
    isWhole: all.every((workspace) => workspaces.includes(workspace)),
    bin: (path) => join(places.packages, 'node_modules', path),
  };
  return [format(scope), ...(workspaces.length > 0 ? [lint(scope), types(scope)] : []), unitTests(scope)];
}

function format({ source: cwd, bin }: Scope): Check {
  return { name: 'format', run: () => runNode(bin('oxfmt/bin/oxfmt'), ['--check', '.'], { cwd }), problems: lines };
}

/** Of everything: also of what lies outside of workspaces, which all of them depend on. */
function lint({ source: cwd, bin, workspaces, isWhole }: Scope): Check {
  const words = ['--type-aware', '--format=unix', ...(isWhole ? ['.'] : workspaces)];
  const env = { GOMAXPROCS: '1' };
  return { name: 'lint', run: () => runNode(bin('oxlint/bin/oxlint'), words, { cwd, env }), problems: lines };
}

function types(scope: Scope): Check {
  const { source: cwd, bin } = scope;
  const words = ['-p', typesProject(scope), '--checkers', '1'];
  return { name: 'types', run: () => runNode(bin('typescript/bin/tsc'), words, { cwd }), problems: lines };
}

/** The project as it is, or a project with the same settings that has some of its workspaces. */
function typesProject({ source, scratch, bin, workspaces, isWhole }: Scope): string {
  if (isWhole) return source;
  const folder = join(scratch, 'types');
  mkdirSync(folder);
  const project = {
    extends: join(source, 'tsconfig.json'),
    // looked for beside the project otherwise
    compilerOptions: { typeRoots: [bin('@types')] },
    include: workspaces.flatMap((workspace) => [join(source, workspace, 'src'), join(source, workspace, 'test')]),
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
  return folder;
}

/** Jest takes each path as a pattern; no workspace has a name that means something else there. */
function unitTests(scope: Scope): Check {
  const { source: cwd, scratch, bin, workspaces } = scope;
  const report = ['--ci', '--silent', '--json', `--outputFile=${jestReportFile(scope)}`, `--cacheDirectory=${join(scratch, 'jest')}`];
  const patterns = [...workspaces.map((workspace) => `/${workspace}/`), String.raw`\.repository\.test\.ts$`];
  // beside the build and the exercises a third comes no sooner to its end, and takes a third more of the machine from them
  const workers = workspaces.length > FEW ? 2 : 1;
  const words = ['--selectProjects', 'unit', `--maxWorkers=${workers}`, '--passWithNoTests', ...report, '--', ...patterns];
  return {
    name: 'unit tests',
    run: () => runNode(bin('jest/bin/jest.js'), words, { cwd, flags: ['--no-warnings'] }),
    problems: (finished) => failedTests(jestReportFile(scope), LINES) ?? lines(finished),
  };
}
