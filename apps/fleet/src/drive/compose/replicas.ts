import { Logger } from '@nestjs/common';
import { REVISION_LABEL } from '@seaworthy/contracts';
import type { DeployedRevision, DesiredService } from '@seaworthy/contracts';
import type { Replica } from '../../decide/observed.ts';
import { PACE } from '../../decide/pace.ts';
import type { EdgeServer, EdgeView } from '../edge/edge.stats.ts';
import type { InspectedContainer } from './container.schema.ts';
import { driftFrom, writtenPath } from './drift.ts';
import type { EngineClient } from './engine.client.ts';
import { EngineError } from './engine.error.ts';
import { Inspections } from './inspections.ts';
import type { SilentContainer } from './inspections.ts';
import { ReplicaNews } from './replica-news.ts';

/** Also without news, which a connection that was cut unnoticed would not bring. */
const ASK_EVERY_MS = 3_000;

/** Comparing file systems costs the engine 40 ms of a core; whoever writes from within has entered first, which is told at once. */
const CHANGES_EVERY_MS = 10_000;

/** So long after its start, the edge has asked a replica often enough to speak of it, and not of one that had its address before. */
const ASKED_AFTER_MS = 3_000;

/** What is remembered of a replica between two looks. */
interface Track {
  /** of the process: a replica that was started again has to prove itself again */
  readonly startedAt: string;
  readonly status: Replica['edge']['status'];
  readonly since: number;
  readonly wasUp: boolean;
  /** the engine's word for what was done in it */
  readonly entered: string | undefined;
  readonly written: string | undefined;
  readonly lookedAt: number;
  /** why the engine could not tell what was written when it was asked last */
  readonly blind: string | undefined;
}

/** What the engine said when it was asked last. */
interface Seen {
  readonly at: number;
  readonly found: readonly InspectedContainer[];
  readonly silent: readonly SilentContainer[];
  /** who went into which, by id */
  readonly entries: ReadonlyMap<string, string>;
}

/** What one look found out besides the containers themselves. */
interface Look {
  readonly desired: DesiredService;
  readonly edge: EdgeView | undefined;
  readonly entries: ReadonlyMap<string, string>;
  readonly now: number;
}

/** The replicas of one service, put together from what the engine and the edge say. */
export class Replicas {
  readonly #engine: EngineClient;
  readonly #service: string;
  readonly #news: ReplicaNews;
  readonly #inspections: Inspections;
  readonly #logger = new Logger('fleet');
  #seen: Seen | undefined;
  #tracks = new Map<string, Track>();

  /** `onNews`: something has happened to one of them */
  constructor(engine: EngineClient, service: string, onNews: () => void = () => undefined) {
    this.#engine = engine;
    this.#service = service;
    this.#news = new ReplicaNews(engine, service, onNews);
    this.#inspections = new Inspections(engine);
  }

  /** `unborn`: names of those that are being made, which the engine may already list. */
  async look(desired: DesiredService, edge: EdgeView | undefined, unborn: ReadonlySet<string>, now: number): Promise<Replica[]> {
    const { found, silent, entries } = await this.#see(unborn, now);
    const look = { desired, edge, entries, now };
    const told = await Promise.all(found.map(async (one) => this.#follow(one, look)));
    const replicas = [...told, ...silent.map((one) => this.#unknown(one))];
    this.#tracks = new Map([...this.#tracks].filter(([id]) => replicas.some((replica) => replica.id === id)));
    return replicas.toSorted((one, other) => one.startedAt - other.startedAt);
  }

  /** After a replica was made or taken away. */
  expectNews(): void {
    this.#news.expect();
  }

  close(): void {
    this.#news.close();
  }

  async #see(unborn: ReadonlySet<string>, now: number): Promise<Seen> {
    if (this.#news.take() || now - (this.#seen?.at ?? 0) >= ASK_EVERY_MS) this.#seen = undefined;
    this.#seen ??= await this.#ask(unborn, now);
    return this.#seen;
  }

  /** The unborn are left out: the engine answers about a container that it is starting when it has started it, seconds later where it is busy. */
  async #ask(unborn: ReadonlySet<string>, at: number): Promise<Seen> {
    const listed = (await this.#engine.list(this.#service)).filter(({ name }) => !unborn.has(name));
    const [entries, inspected] = await Promise.all([this.#engine.entries(this.#service), this.#inspections.of(listed, at)]);
    return { at, entries, ...inspected };
  }

  async #follow(found: InspectedContainer, { desired, edge, entries, now }: Look): Promise<Replica> {
    const label = found.Config.Labels?.[REVISION_LABEL];
    const before = this.#tracks.get(found.Id);
    const addresses = Object.values(found.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    const server = edge?.servers.find(
      (one) => addresses.includes(one.address) && !isOfAnother(one, now - Date.parse(found.State.StartedAt)),
    );
    const isSame = before !== undefined && before.startedAt === found.State.StartedAt;
    // one of which nothing was known, as when a fleet begins, and that has had its time to get ready, is taken for one that did
    const wasUp = before === undefined ? now - Date.parse(found.State.StartedAt) >= PACE.startDeadline : isSame && before.wasUp;
    const last = isSame ? before.status : 'unseen';
    // one that the edge sends requests to, proven or not: up if it was since its start; if not, nobody knows yet
    const unproven = wasUp ? 'up' : last;
    const said = server?.status ?? 'unseen';
    const status = edge === undefined ? last : said === 'unproven' ? unproven : said;
    const written = await this.#written(found, before, now);
    const track: Track = {
      startedAt: found.State.StartedAt,
      status,
      since: isSame && before.status === status ? before.since : now,
      wasUp: wasUp || status === 'up',
      // the engine lists a command while it runs, and among its last events; the fleet does not forget it
      entered: before?.entered ?? entries.get(found.Id) ?? found.ExecIDs?.[0],
      ...written,
    };
    this.#tracks.set(found.Id, track);
    return {
      id: found.Id,
      name: found.Name,
      revision: label,
      madeAt: Date.parse(found.Created) || now,
      startedAt: Date.parse(found.State.StartedAt) || now,
      state: stateOf(found.State.Status),
      exitCode: found.State.ExitCode,
      restarts: found.RestartCount,
      edge: { status, since: track.since, wasUp: track.wasUp, detail: server?.detail ?? 'the edge does not see it' },
      drift: driftOf(
        found,
        track,
        [desired.current, desired.previous].find((one) => one?.id === label),
      ),
    };
  }

  /** What is remembered of it waits until the engine tells of it again. */
  #unknown({ id, name, since }: SilentContainer): Replica {
    const before = this.#tracks.get(id);
    return {
      id,
      name,
      revision: undefined,
      madeAt: since,
      startedAt: before === undefined ? since : Date.parse(before.startedAt),
      state: 'unknown',
      exitCode: 0,
      restarts: 0,
      edge: { status: 'unseen', since, wasUp: before?.wasUp ?? false, detail: 'the engine does not tell of it' },
      drift: [],
    };
  }

  async #written(
    { Id, Name, State, Mounts }: InspectedContainer,
    before: Track | undefined,
    now: number,
  ): Promise<Pick<Track, 'written' | 'lookedAt' | 'blind'>> {
    const last = { written: before?.written, lookedAt: before?.lookedAt ?? now, blind: before?.blind };
    if (State.Status !== 'running' || last.written !== undefined || now - last.lookedAt < CHANGES_EVERY_MS) return last;
    try {
      const mounts = (Mounts ?? []).map(({ Destination }) => Destination);
      return { written: writtenPath(await this.#engine.changes(Id), mounts), lookedAt: now, blind: undefined };
    } catch (error) {
      const blind = error instanceof Error ? error.message : String(error);
      // one that went in the meantime is no news, and what was told once is not told again
      const isGone = error instanceof EngineError && error.code === 'GONE';
      if (!isGone && blind !== last.blind) this.#logger.warn(`cannot tell whether files were written in ${Name}: ${blind}`);
      return { written: undefined, lookedAt: now, blind };
    }
  }
}

/** The engine gives addresses of the dead to the new: what the edge says of one may have been said of the other. */
function isOfAnother({ status, changedAgo }: EdgeServer, age: number): boolean {
  return status === 'up' && age < ASKED_AFTER_MS && changedAgo > age + 1_000;
}

/** Without a revision that is known, there is nothing to compare with: it is outdated, and goes when others have come. */
function driftOf(found: InspectedContainer, { entered, written }: Track, revision: DeployedRevision | undefined): Replica['drift'] {
  const changed = revision === undefined ? undefined : driftFrom(revision, found);
  return [
    ...(entered === undefined ? [] : [{ code: 'ENTERED', detail: `somebody went into it (${entered.slice(0, 60)})` } as const]),
    ...(written === undefined ? [] : [{ code: 'FILE_WRITTEN', detail: `${written} differs from the image` } as const]),
    ...(changed === undefined ? [] : [{ code: 'CONFIGURATION', detail: changed } as const]),
  ];
}

function stateOf(status: string): Replica['state'] {
  switch (status) {
    case 'created':
    case 'running':
    case 'paused':
    case 'restarting':
      return status;
    default:
      return 'exited'; // exited, dead, removing
  }
}
