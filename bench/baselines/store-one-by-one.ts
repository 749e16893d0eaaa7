import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Sql } from "postgres";
import { entryFields } from "../../src/event/entry-codec.ts";
import type { GroupKey } from "../../src/stream/consumer-group.ts";
import type { RedisConnection } from "../../src/stream/redis/redis-connection.ts";
import { type Elapsed, startStopwatch } from "../measure/stopwatch.ts";
import { openSql } from "../servers.ts";

const READ_ENTRIES = 100;

/** Each loop has its own connection. */
export interface OneByOne {
  readonly redis: RedisConnection;
  readonly databaseUrl: string;
  readonly key: GroupKey;
  readonly loops: number;
  readonly seconds: number;
}

export interface Stored extends Elapsed {
  readonly events: number;
}

/**
 * The usual way to write a consumer, written well: reads a hundred entries at a time; each is a transaction of three prepared
 * statements, then an XACK. Unlike the engine, it counts no unique users.
 */
export async function storeOneByOne(options: OneByOne): Promise<Stored> {
  const { databaseUrl, loops, seconds } = options;
  const sql = openSql(databaseUrl, loops);
  const elapsed = startStopwatch();
  const endMs = performance.now() + seconds * 1_000;
  const stored = await Promise.all(
    Array.from({ length: loops }, async (_, loop) => await runLoop(`loop-${loop}`)),
  );
  const took = elapsed();
  await sql.end({ timeout: 1 });
  return { events: stored.reduce((sum, count) => sum + count, 0), ...took };

  async function runLoop(consumer: string): Promise<number> {
    let count = 0;
    while (performance.now() < endMs) {
      for (const [id, flatFields] of await readEntries(options, consumer)) {
        await storeOne(sql, entryFields(flatFields));
        await options.redis.xack(options.key.stream, options.key.group, id);
        count += 1;
        if (performance.now() > endMs) break;
      }
    }
    return count;
  }
}

/** The reply to `XREADGROUP` on one stream. */
const EntriesReply = Type.Tuple([
  Type.Tuple([
    Type.String(),
    Type.Array(Type.Tuple([Type.String(), Type.Array(Type.String())]), { minItems: 1 }),
  ]),
]);

async function readEntries({ redis, key }: OneByOne, consumer: string) {
  const { stream, group } = key;
  const reply = await redis.xreadgroup(
    ...(["GROUP", group, consumer, "COUNT", READ_ENTRIES, "STREAMS", stream, ">"] as const),
  );
  const [[, entries]] = Value.Parse(EntriesReply, reply);
  return entries;
}

async function storeOne(sql: Sql, fields: Readonly<Record<string, string>>): Promise<void> {
  const {
    event_id = "",
    site_id = "",
    event_type = "",
    path = "",
    user_id = "",
    timestamp = "",
  } = fields;
  const day = timestamp.slice(0, 10);
  await sql.begin(async (tx) => {
    await tx`
      INSERT INTO events (event_id, site_id, event_type, path, user_id, timestamp)
      VALUES (${event_id}, ${site_id}, ${event_type}, ${path}, ${user_id}, ${timestamp})
    `;
    await tx`
      INSERT INTO daily_site_stats AS stats (site_id, date, total_views, unique_users)
      VALUES (${site_id}, ${day}, 1, 0)
      ON CONFLICT (site_id, date) DO UPDATE SET total_views = stats.total_views + 1
    `;
    await tx`
      INSERT INTO daily_site_path_counts AS counts (site_id, date, path, views)
      VALUES (${site_id}, ${day}, ${path}, 1)
      ON CONFLICT (site_id, date, path) DO UPDATE SET views = counts.views + 1
    `;
  });
}
