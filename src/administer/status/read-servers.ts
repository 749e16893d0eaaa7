import { errorText } from "../../errors.ts";
import type { Loss } from "../../event/loss.ts";
import type { Database } from "../../store/database.ts";
import { readTables, readVersion, type TablesState } from "../../store/inspect/read-tables.ts";
import { notedLosses } from "../../stream/inspect/loss-notes.ts";
import { readServer, type ServerFacts } from "../../stream/inspect/read-server.ts";
import { readStreamNow, type StreamReading } from "../../stream/inspect/stream-rates.ts";
import { ofThoseThatAnswer } from "../../stream/shards/of-those-that-answer.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import type { DatabaseStatus, ServerStatus, StatusReport } from "./status-report.ts";

export interface StreamStatus {
  readonly reading?: StreamReading;
  readonly server: ServerStatus;
  readonly memory: StatusReport["redis_memory"];
  /** Losses that are not in PostgreSQL yet. */
  readonly noted?: readonly Loss[];
}

/** Never rejects. */
export async function readRedis(
  shards: readonly ShardConnection[],
  address: string,
): Promise<StreamStatus> {
  try {
    const connections = new Set(shards.map(({ redis }) => redis));
    const [reading, facts, noted] = await Promise.all([
      readStreamNow(shards),
      ofThoseThatAnswer(connections, readServer),
      ofThoseThatAnswer(shards, async ({ redis, key }) => await notedLosses(redis, key)),
    ]);
    const version = facts[0]?.get("redis_version") ?? null;
    const server = { up: true, address, version, error: null };
    return { reading, server, memory: memoryOf(facts), noted: noted.flat() };
  } catch (error) {
    return { server: down(address, errorText(error)), memory: null };
  }
}

export type PostgresStatus = Omit<TablesState, "error" | "isDistributed"> & {
  readonly server: DatabaseStatus;
};

/** Never rejects. */
export async function readPostgres(database: Database, address: string): Promise<PostgresStatus> {
  try {
    const version = await readVersion(database);
    const { error, isDistributed: distributed, ...tables } = await readTables(database);
    return { ...tables, server: { up: true, address, version, error, distributed } };
  } catch (error) {
    return noPostgres(address, errorText(error));
  }
}

export function noPostgres(address: string | null, error: string): PostgresStatus {
  const nothing = { receivedAt: null, deadLetters: null, losses: undefined, heldPrune: null };
  return { ...nothing, server: { ...down(address, error), distributed: null } };
}

export function down(address: string | null, error: string): ServerStatus {
  return { up: false, address, version: null, error };
}

/** Of all servers, if each tells. */
function memoryOf(facts: readonly (ServerFacts | undefined)[]): StatusReport["redis_memory"] {
  const each = facts.map(memoryIn);
  const [first = null] = each;
  if (each.length === 1) return first;
  return each.reduce(
    (sum, memory) =>
      sum === null || memory === null
        ? null
        : {
            used_bytes: sum.used_bytes + memory.used_bytes,
            max_bytes:
              sum.max_bytes === null || memory.max_bytes === null
                ? null
                : sum.max_bytes + memory.max_bytes,
          },
    first && { ...first, used_bytes: 0, max_bytes: first.max_bytes === null ? null : 0 },
  );
}

function memoryIn(facts: ServerFacts | undefined): StatusReport["redis_memory"] {
  const used = facts?.get("used_memory");
  if (used === undefined) return null;
  const max = Number(facts?.get("maxmemory") ?? 0);
  return { used_bytes: Number(used), max_bytes: max === 0 ? null : max };
}
