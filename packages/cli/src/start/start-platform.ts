import { STORE_IMAGES, VERDICT_LIFE } from '@seaworthy/contracts';
import type { BuiltImage } from '@seaworthy/images';
import { isOciError } from '@seaworthy/oci';
import { isVerificationError } from '@seaworthy/supply-chain';
import type { BuiltService } from '@seaworthy/supply-chain/build';
import { OtherRelease } from '../deploy/expect-released.ts';
import { releaseServices } from '../deploy/release-services.ts';
import { Compose } from '../engine/compose.ts';
import { UserError } from '../errors.ts';
import { mainInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { REPOSITORY } from '../host/paths.ts';
import { allEnded } from '../host/settled.ts';
import { PlatformAccess } from '../platform/access.ts';
import { operator, runPipeline } from '../platform/pipeline.ts';
import type { Run } from '../platform/pipeline.ts';
import { pipelineRefusal } from '../platform/refusal.ts';
import { pushCommit } from '../platform/push.ts';
import { awaitReady } from '../platform/readiness.ts';
import { removeOutdated } from '../remove/remove-outdated.ts';
import type { Progress } from '../ui/progress.ts';
import { buildPlatform } from './build.ts';
import type { PlatformBuild } from './build.ts';
import { compareDigests } from './compare-digests.ts';
import { writeEnvironment } from './environment.ts';
import type { ImageIds } from './environment.ts';
import { loadBuilt } from './load.ts';
import { operatorFiles } from './operator-files.ts';
import { planHost } from './prepare-host.ts';
import type { Host } from './prepare-host.ts';
import { provision } from './provision.ts';
import { publishImages } from './publish-images.ts';
import { canJudge, isFresh, lastState } from './last-state.ts';
import { writeState } from './state.ts';
import type { PlatformState } from './state.ts';

/** From trust to evidence: what has to run before anything can be released. */
const CONTROL_PLANE = ['identity', 'registry', 'registry-gate', 'gatekeeper', 'engine-filter', 'egress', 'pipeline'] as const;
/** What its containers, and those of its jobs, are made from. */
const CONTROL_IMAGES = ['identity', 'registry', 'registry-gate', 'gatekeeper', 'engine-filter', 'squid', 'pipeline', 'toolbox'] as const;

/** Of a release as it is: what releasing it anew mends. */
const ANEW = ['POLICY_DENIED', 'SIGNATURE_UNTRUSTED', 'SIGNATURE_MISSING'] as const;

/** What runs once a start has come to its end. */
export interface RunningPlatform {
  readonly instance: Instance;
  readonly host: Host;
  readonly access: PlatformAccess;
  readonly state: PlatformState;
  /** undefined when this commit had been through the pipeline before */
  readonly run?: Run;
}

/**
 * The main job: a commit becomes a verified, running service. Every step finds out what is there already and does the rest, so that a
 * start that was interrupted is simply begun again, and a second one changes nothing.
 */
export async function startPlatform(commit: string, progress: Progress): Promise<RunningPlatform> {
  const instance = mainInstance(REPOSITORY);
  const plan = await planHost(instance, progress);
  const build = async (aside: boolean): Promise<PlatformBuild> => buildPlatform(instance, commit, progress, { aside });
  // the build needs no engine, and where there was none nothing has been built
  const [host, begun] = await allEnded([plan.prepare(), plan.installs ? build(false) : Promise.resolve(undefined)]);
  const left = await lastState(instance, host);
  const known = left !== undefined && isFresh(left) ? left : undefined;
  if (known?.commit === commit) {
    try {
      return await resume(instance, host, known, progress);
    } catch (error) {
      if (!isMendedAnew(error)) throw error;
      progress.warn(`${error.message}. Building, judging and releasing it anew.`);
    }
  }

  const judge = known !== undefined && (await canJudge(known)) ? known : undefined;
  const anew = async (): Promise<RunningPlatform> =>
    release({ instance, host, commit, judge, built: begun ?? (await build(judge !== undefined)), progress });
  if (left === undefined || left === known || left.commit !== commit) return anew();
  try {
    return await anew();
  } catch (error) {
    return startAsJudgedBefore(instance, host, left, progress, error);
  }
}

interface Release {
  readonly instance: Instance;
  readonly host: Host;
  readonly commit: string;
  /** whose control plane judges the commit; without it, that of the commit does, as this machine has built it */
  readonly judge: PlatformState | undefined;
  readonly built: PlatformBuild;
  readonly progress: Progress;
}

/** Takes a commit through the pipeline, and runs what comes of it. */
async function release({ instance, host, commit, judge, built, progress }: Release): Promise<RunningPlatform> {
  const load = async (some: readonly (BuiltImage | BuiltService)[]): Promise<ImageIds> => loadBuilt(host.docker, instance, some, progress);
  // who judges this commit was judged before, and does so while this machine builds; only the very first control plane is of its own build,
  // and compose asks for an image of every service that there is
  const isKnown = [...built.parents.keys()].every((name) => judge?.imageIds[name] !== undefined);
  const first = await load([...built.images, ...(isKnown ? [] : await built.services)]);
  const bases = basesOf(built, first);
  const access = await startControlPlane(instance, host, { ...first, ...judge?.imageIds }, progress, bases);
  const { parents, others } = splitImages(built);
  const publish = async (images: readonly BuiltImage[]): Promise<void> => publishImages(access, { commit, images }, progress);
  // the pipeline builds upon released parents; what else is released meanwhile, only the deploy needs
  await publish(parents);
  const [builtHere, run] = await allEnded([built.services, throughPipeline(access, commit, progress), publish(others)]);
  const services = compareDigests(builtHere, run.images);
  const images = Object.fromEntries(built.images.map(({ name, manifestDigest }) => [name, manifestDigest]));
  const ids = isKnown ? { ...first, ...(await load(builtHere)) } : first;
  if (judge !== undefined && controlPlaneDiffers(judge.imageIds, ids)) await startControlPlane(instance, host, ids, progress, bases);
  const released = await releaseServices({ instance, host, access, ids, wanted: { ...images, ...services }, progress });
  const imageIds = { ...ids, ...released };
  const state = { bases, commit, verifiedAt: new Date().toISOString(), imageIds, services, images };
  writeState(instance, state);
  await removeOutdated(host.engine, instance, Object.values(imageIds));
  return { instance, host, access, state, run };
}

/** Nothing was committed since: bring up what is down, after verifying it again. */
async function resume(instance: Instance, host: Host, state: PlatformState, progress: Progress): Promise<RunningPlatform> {
  const access = await startControlPlane(instance, host, state.imageIds, progress, state.bases);
  const { imageIds: ids, images, services } = state;
  await releaseServices({ instance, host, access, ids, wanted: { ...images, ...services }, progress });
  return { instance, host, access, state };
}

/**
 * Whether releasing a commit anew mends it: the registry no longer has what runs, or has what a later commit came to, or its verdicts have become
 * too old, or were signed with a key that has been replaced.
 */
function isMendedAnew(error: unknown): error is Error {
  return ANEW.some((code) => isVerificationError(error, code)) || isOciError(error, 'NOT_FOUND') || error instanceof OtherRelease;
}

/** Renewing needs a registry of packages and sources of advisories that answer; what was judged counts for some time without. */
async function startAsJudgedBefore(
  instance: Instance,
  host: Host,
  state: PlatformState,
  progress: Progress,
  cause: unknown,
): Promise<RunningPlatform> {
  const until = new Date(Date.parse(state.verifiedAt) + VERDICT_LIFE.maxAgeSeconds * 1000).toISOString().slice(0, 10);
  const found = cause instanceof UserError && cause.found !== undefined ? `: ${cause.found}` : '';
  const [why = ''] = `${cause instanceof Error ? cause.message : String(cause)}${found}`.split('\n');
  progress.warn(`${why}. Nothing was committed since it was judged: starting it as it was, by verdicts that count until ${until}.`);
  return resume(instance, host, state, progress);
}

function controlPlaneDiffers(before: ImageIds, after: ImageIds): boolean {
  return CONTROL_IMAGES.some((name) => before[name] !== after[name]);
}

async function startControlPlane(
  instance: Instance,
  host: Host,
  ids: ImageIds,
  progress: Progress,
  bases: Readonly<Record<string, string>>,
): Promise<PlatformAccess> {
  return progress.stage('Starting registry, pipeline and gatekeeper', async (stage) => {
    stage.update('keys, certificates, volumes');
    const [node, toolbox] = [ids['node'], ids['toolbox']];
    if (node === undefined || toolbox === undefined)
      throw new TypeError('expected the images node and toolbox among those that were built');
    await provision(host.docker, instance, node, await operatorFiles(instance, { toolbox, bases }));
    writeEnvironment(instance, ids, host.engine);
    stage.update('containers');
    await new Compose(instance, host).up(CONTROL_PLANE);
    const access = new PlatformAccess(instance);
    stage.update('waiting until each is ready');
    await awaitReady(access, ['identity', 'registry', 'gatekeeper', 'pipeline']);
    stage.update(`${CONTROL_PLANE.length} services`);
    return access;
  });
}

/** What this commit's services are built on and exercised with, whatever the control plane that judges it runs on. */
function basesOf({ parents }: PlatformBuild, ids: ImageIds): Record<string, string> {
  const names = new Set([...parents.values(), ...STORE_IMAGES]);
  return Object.fromEntries([...names].toSorted().flatMap((name) => (ids[name] === undefined ? [] : [[name, ids[name]]])));
}

/** Images that services stand on, and their own parents, apart from the rest. */
function splitImages({ images, parents }: PlatformBuild): { parents: BuiltImage[]; others: BuiltImage[] } {
  const needed = new Set(parents.values());
  for (const { name, parent } of images.toReversed()) if (parent !== undefined && needed.has(name)) needed.add(parent.name);
  return { parents: images.filter(({ name }) => needed.has(name)), others: images.filter(({ name }) => !needed.has(name)) };
}

async function throughPipeline(access: PlatformAccess, commit: string, progress: Progress): Promise<Run> {
  return progress.stage(`Taking commit ${commit.slice(0, 12)} through the pipeline`, async (stage) => {
    const token = operator(access);
    await pushCommit(access, token, commit);
    const run = await runPipeline(access, token, commit, ({ stages }) => {
      const running = stages.filter(({ state }) => state === 'running').map(({ name }) => name);
      stage.update(running.join(', ') || 'waiting');
    });
    if (run.state === 'succeeded') {
      stage.update(`${run.images.length} images: ${run.images.filter(({ reused }) => !reused).length} new, the others unchanged`);
      return run;
    }
    throw pipelineRefusal(run);
  });
}
