import packageJson from "../../../package.json" with { type: "json" };
import { errorText } from "../../errors.ts";
import { type Loss, sumLosses } from "../../event/loss.ts";
import { databaseAddress, serverAddress } from "../../server-address.ts";
import { readTables, readVersion } from "../../store/inspect/read-tables.ts";
import { notedLosses } from "../../stream/inspect/loss-notes.ts";
import { readServer, type ServerFacts } from "../../stream/inspect/read-server.ts";
import {
  ratesBetween,
  readStreamNow,
  type StreamReading,
} from "../../stream/inspect/stream-rates.ts";
import { type EngineStatus, readEngine } from "../engine-api.ts";
import type { Servers } from "../servers.ts";
import type { ServerStatus, StatusReport } from "./status-report.ts";

interface StreamStatus {
  readonly reading?: StreamReading;
  readonly server: ServerStatus;
  readonly memory: StatusReport["redis_memory"];
  /** Losses that are not in PostgreSQL yet. */
  readonly noted?: readonly Loss[];
}

/**
 * Reads the state of all parts, with rates since the `previous` reading. A part that fails is reported as such. Returns
 * the reading for the next report too.
 */
export async function readStatus(
  servers: Servers,
  previous: StreamReading | undefined,
): Promise<{ readonly report: StatusReport; readonly reading: StreamReading | undefined }> {
  const { config } = servers;
  const [engine, stream, postgres] = await Promise.all([
    readEngine(servers),
    readStream(servers),
    readPostgres(servers),
  ]);
  const { reading, server: redis, memory, noted } = stream;
  const backlog = reading?.backlog;
  const report: StatusReport = {
    at: new Date().toISOString(),
    version: packageJson.version,
    engine,
    rates: ratesBetween(previous, reading),
    stream: {
      length: backlog?.length ?? null,
      length_max: config.streamLengthMax,
      backlog_entries: backlog?.entries ?? null,
      oldest_age_ms: backlog?.lagMs ?? null,
      ids_ahead_ms: backlog?.idsAheadMs ?? null,
    },
    last_commit_at: lastCommitAt(engine),
    newest_stored_received_at: postgres.receivedAt,
    dead_letters: postgres.deadLetters,
    losses: sumLosses(postgres.losses, noted) ?? null,
    // An engine with retention turned off leaves its record behind.
    held_prune: config.eventsRetentionDays === 0 ? null : postgres.heldPrune,
    redis,
    redis_memory: memory,
    postgres: postgres.server,
  };
  return { report, reading };
}

export async function readStream(servers: Servers): Promise<StreamStatus> {
  const { key } = servers;
  let address: string | null = null;
  try {
    address = serverAddress(servers.redisUrl);
    const redis = await servers.reachRedis();
    if (typeof redis === "string") return { server: down(address, redis), memory: null };
    const [reading, facts, noted] = await Promise.all([
      readStreamNow(redis, key),
      readServer(redis),
      notedLosses(redis, key),
    ]);
    const version = facts?.get("redis_version") ?? null;
    const server = { up: true, address, version, error: null };
    return { reading, server, memory: memoryIn(facts), noted };
  } catch (error) {
    return { server: down(address, errorText(error)), memory: null };
  }
}

async function readPostgres(servers: Servers) {
  let address: string | null = null;
  try {
    address = databaseAddress(servers.databaseUrl);
    const version = await readVersion(servers.database);
    const { error, ...tables } = await readTables(servers.database);
    return { ...tables, server: { up: true, address, version, error } };
  } catch (error) {
    const nothing = { receivedAt: null, deadLetters: null, losses: undefined, heldPrune: null };
    return { ...nothing, server: down(address, errorText(error)) };
  }
}

function down(address: string | null, error: string): ServerStatus {
  return { up: false, address, version: null, error };
}

function memoryIn(facts: ServerFacts | undefined): StatusReport["redis_memory"] {
  const used = facts?.get("used_memory");
  if (used === undefined) return null;
  const max = Number(facts?.get("maxmemory") ?? 0);
  return { used_bytes: Number(used), max_bytes: max === 0 ? null : max };
}

function lastCommitAt({ threads }: EngineStatus): string | null {
  const instants = threads.flatMap(({ last_commit_at: at }) => (at === null ? [] : [at]));
  return instants.toSorted().at(-1) ?? null;
}
