import { setTimeout as delay } from "node:timers/promises";
import packageJson from "../../../package.json" with { type: "json" };
import type { EngineConfig } from "../../config/config.ts";
import { errorText } from "../../errors.ts";
import { type Loss, sumLosses } from "../../event/loss.ts";
import { Database } from "../../store/database.ts";
import { probeDatabase } from "../../store/inspect/probe-database.ts";
import { readNewest, readVersion } from "../../store/inspect/read-newest.ts";
import { type HeldPrune, readHeldPrune } from "../../store/upkeep/held-prune.ts";
import { notedLosses } from "../../stream/inspect/loss-notes.ts";
import { type Backlog, readBacklog } from "../../stream/inspect/read-backlog.ts";
import { readServer, type ServerFacts } from "../../stream/inspect/read-server.ts";
import { readAppended } from "../../stream/inspect/read-stream.ts";
import { closeRedisConnection, waitUntilReady } from "../../stream/redis/redis-connection.ts";
import { findDatabaseUrl, findRedisUrl } from "../find-servers.ts";
import { type ReachedRedis, reachRedis } from "../reach-redis.ts";
import { type EngineStatus, readEngine } from "./read-engine.ts";
import type { ServerStatus, StatusReport } from "./status-report.ts";

const REDIS_READY_MS_MAX = 2_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** How far the two looks are apart that the first rates are taken from. */
const BETWEEN_LOOKS_MS = 1_000;

/** The stream at one moment. */
interface StreamLook {
  readonly atMs: number;
  readonly appended: number;
  readonly backlog: Backlog;
}

interface StreamStatus {
  readonly look: StreamLook | undefined;
  readonly server: ServerStatus;
  readonly memory: StatusReport["redis_memory"];
  readonly noted: readonly Loss[] | undefined;
}

/** Reads reports again and again, on connections that stay open, and rates from one to the next. */
export class StatusReader {
  readonly #config: EngineConfig;
  #reached: ReachedRedis | undefined;
  #database: Database | undefined;
  #lastLook: StreamLook | undefined;

  constructor(config: EngineConfig) {
    this.#config = config;
  }

  /** Looks at all parts; the first time twice, a second apart. Rejects only when `signal` aborts. */
  async read(signal: AbortSignal): Promise<StatusReport> {
    if (this.#lastLook === undefined) {
      this.#lastLook = (await this.#readStream()).look;
      if (this.#lastLook !== undefined) await delay(BETWEEN_LOOKS_MS, undefined, { signal });
    }
    const [engine, stream, postgres] = await Promise.all([
      readEngine(this.#config),
      this.#readStream(),
      this.#readPostgres(),
    ]);
    const before = this.#lastLook;
    this.#lastLook = stream.look;
    const backlog = stream.look?.backlog;
    return {
      at: new Date().toISOString(),
      version: packageJson.version,
      engine,
      rates: ratesOf(before, stream.look),
      stream: {
        length: backlog?.length ?? null,
        length_max: this.#config.streamLengthMax,
        backlog_entries: backlog?.entries ?? null,
        oldest_age_ms: backlog?.lagMs ?? null,
        ids_ahead_ms: backlog?.idsAheadMs ?? null,
      },
      last_commit_at: lastCommitAt(engine),
      newest_stored_received_at: postgres.receivedAt,
      dead_letters: postgres.deadLetters,
      losses: sumLosses(postgres.losses, stream.noted) ?? null,
      // An engine that prunes no more leaves the record of it behind.
      held_prune: this.#config.eventsRetentionDays === 0 ? null : postgres.heldPrune,
      redis: stream.server,
      redis_memory: stream.memory,
      postgres: postgres.server,
    };
  }

  /** Closes what it has opened. */
  async close(): Promise<void> {
    await Promise.all([
      this.#reached === undefined ? undefined : closeRedisConnection(this.#reached.redis),
      this.#database?.close(CLOSE_TIMEOUT_MS),
    ]);
  }

  async #readStream(): Promise<StreamStatus> {
    const { stream, group } = this.#config;
    let address: string | null = null;
    try {
      const url = findRedisUrl(this.#config);
      address = new URL(url).host;
      this.#reached ??= reachRedis(url);
      const { redis, why } = this.#reached;
      await waitUntilReady(redis, REDIS_READY_MS_MAX);
      if (redis.status !== "ready") return streamUnknown(address, await why());
      const [appended, backlog, facts, noted] = await Promise.all([
        readAppended(redis, stream),
        readBacklog(redis, { stream, group }),
        readServer(redis),
        notedLosses(redis, { stream, group }),
      ]);
      const version = facts?.get("redis_version") ?? null;
      const look = { atMs: performance.now(), appended, backlog };
      const server = { up: true, address, version, error: null };
      return { look, server, memory: memoryIn(facts), noted };
    } catch (error) {
      return streamUnknown(address, errorText(error));
    }
  }

  async #readPostgres() {
    let address: string | null = null;
    try {
      const url = findDatabaseUrl(this.#config);
      const { host, pathname } = new URL(url);
      address = `${host}${pathname}`;
      this.#database ??= new Database({ url, connectionsMax: 1 });
      const version = await readVersion(this.#database);
      const tables = await readTables(this.#database);
      return { ...tables, server: { up: true, address, version, error: tables.error } };
    } catch (error) {
      const nothing = { receivedAt: null, deadLetters: null, losses: undefined, heldPrune: null };
      return { server: failed(address, errorText(error)), ...nothing };
    }
  }
}

function streamUnknown(address: string | null, error: string): StreamStatus {
  return { look: undefined, server: failed(address, error), memory: null, noted: undefined };
}

function memoryIn(facts: ServerFacts | undefined): StatusReport["redis_memory"] {
  const used = facts?.get("used_memory");
  if (used === undefined) return null;
  const max = Number(facts?.get("maxmemory") ?? 0);
  return { used_bytes: Number(used), max_bytes: max === 0 ? null : max };
}

interface TablesStatus {
  readonly receivedAt: string | null;
  readonly deadLetters: number | null;
  readonly losses: readonly Loss[] | undefined;
  readonly heldPrune: HeldPrune | null;
  /** Why not all of them can be read. */
  readonly error: string | null;
}

/** Looks into the tables of a PostgreSQL that answers. */
async function readTables(database: Database): Promise<TablesStatus> {
  let receivedAt: string | null = null;
  let error: string | null = null;
  try {
    receivedAt = await readNewest(database);
  } catch (failure) {
    error = errorText(failure);
  }
  const { deadEvents = null, losses } = await probeDatabase(database);
  if (deadEvents === null) error ??= "dead_events cannot be counted";
  const heldPrune = (await readHeldPrune(database).catch(() => undefined)) ?? null;
  return { receivedAt, deadLetters: deadEvents, losses, heldPrune, error };
}

function failed(address: string | null, error: string): ServerStatus {
  return { up: false, address, version: null, error };
}

/** Null where Redis does not know the numbers, or began to count anew in between. */
function ratesOf(before: StreamLook | undefined, now: StreamLook | undefined) {
  if (before === undefined || now === undefined)
    return { accepted_per_s: null, stored_per_s: null };
  const seconds = (now.atMs - before.atMs) / 1_000;
  const rate = (from: number, to: number) =>
    to >= from ? Math.round((to - from) / seconds) : null;
  return {
    accepted_per_s: rate(before.appended, now.appended),
    stored_per_s: rate(finishedOf(before), finishedOf(now)),
  };
}

function finishedOf({ backlog }: StreamLook): number {
  return /^\d+$/.test(backlog.finished) ? Number(backlog.finished) : Number.NaN;
}

function lastCommitAt({ threads }: EngineStatus): string | null {
  const instants = threads.flatMap(({ last_commit_at: at }) => (at === null ? [] : [at]));
  return instants.toSorted().at(-1) ?? null;
}
