import {
  CALM,
  DISK_SLOW,
  ENGINE_DIES,
  GROUP_MEDDLED_WITH,
  LOCKS,
  POSTGRES_AWAY,
  POSTGRES_DIES,
  POSTGRES_UNREACHABLE,
  REDIS_DIES,
  REDIS_UNREACHABLE,
  THREADS_DIE,
  testedBy,
} from "./courses.ts";
import type { Mutant } from "./mutant.ts";

/** Each breaks one promise, and nothing else. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "no-sort",
    promise: "concurrent batches lock rows in one order, and never deadlock",
    file: "src/event/rollup.ts",
    find: "for (const key of [...byKey.keys()].toSorted()) {",
    replace: "for (const key of byKey.keys()) {",
    course: LOCKS,
  },
  {
    name: "no-dedup",
    promise: "an event counts once, however often it is delivered",
    file: "src/store/insert-events.ts",
    find: "if (inserted.length === events.length) return events;",
    replace: "if (inserted.length <= events.length) return events;",
    course: CALM,
  },
  {
    name: "users-counted-again",
    promise: "unique users are the distinct ones of the day",
    file: "src/store/insert-users.ts",
    find: "ON CONFLICT (site_id, date, user_id) DO NOTHING",
    replace: "ON CONFLICT (site_id, date, user_id) DO UPDATE SET user_id = excluded.user_id",
    course: CALM,
  },
  {
    name: "xack-before-commit",
    promise: "an entry is acknowledged only when it is stored",
    file: "src/consume/batch-worker.ts",
    find: "const outcome = await this.#storeUntilDone(batch, signal);",
    replace: `await acknowledge(
      redis,
      key,
      delivered.entries.map(({ id }) => id),
    );
    const outcome = await this.#storeUntilDone(batch, signal);`,
    course: ENGINE_DIES,
  },
  {
    name: "unknown-commit-is-success",
    promise: "a transaction without an answer is taken neither for done nor for failed",
    file: "src/consume/batch-worker.ts",
    find: "if (isStreamUnavailable(error) || isDefect(error)) throw error;",
    replace: `if (isStreamUnavailable(error) || isDefect(error)) throw error;
        if (error instanceof QueueFlowError && error.code === "database_unavailable")
          return { stored: entries.length, duplicates: 0, dead: 0 };`,
    course: POSTGRES_UNREACHABLE,
  },
  {
    name: "group-at-the-end",
    promise: "what was appended before the group was made is delivered too",
    file: "src/stream/consumer-group.ts",
    find: 'redis.xgroup("CREATE", stream, group, "0", "MKSTREAM")',
    replace: 'redis.xgroup("CREATE", stream, group, "$", "MKSTREAM")',
    course: CALM,
  },
  {
    name: "everysec",
    promise: "a 202 means that Redis has the event on disk",
    file: "src/embedded/redis-server.ts",
    find: "appendfsync always",
    replace: "appendfsync everysec",
    course: DISK_SLOW,
  },
  {
    name: "redis-client-defaults",
    promise: "the Redis client re-sends nothing by itself, queues nothing, and times out",
    file: "src/stream/event-connection.ts",
    find: `    if (this.#wire === undefined) throw new Error("There is no connection to Redis");
    return await this.#wire.call(encodeCommand(command), this.#deadlineMs);
`,
    replace: `    for (;;) {
      try {
        if (this.#wire) return await this.#wire.call(encodeCommand(command), 1e6);
      } catch {
        await Bun.sleep(20);
      }
      await Bun.sleep(20);
    }
`,
    course: REDIS_DIES,
  },
  {
    name: "reads-on",
    promise: "a consumer holds its batch while PostgreSQL is away, and reads no more",
    file: "src/consume/batch-worker.ts",
    find: "      if (signal.aborted) return undefined;\n      await wait(",
    replace: "      if (attempt > 0) return undefined;\n      await wait(",
    course: POSTGRES_AWAY,
  },
  {
    name: "asynchronous-commit",
    promise: "a committed row outlives PostgreSQL",
    file: "src/store/database.ts",
    find: 'synchronous_commit: "on"',
    replace: 'synchronous_commit: "off"',
    course: POSTGRES_DIES,
  },
  {
    name: "unreclaimed",
    promise: "entries of a consumer that is gone are taken over",
    file: "src/consume/reclaimer.ts",
    find: "      claimIdleMs: options.claimIdleMs,",
    replace: "      claimIdleMs: options.claimIdleMs * 1_000_000,",
    course: CALM,
  },
  {
    name: "close-code-0-is-planned",
    promise: "a thread that closes unasked is restarted, whatever its code",
    file: "src/supervisor/child-thread.ts",
    find: 'worker.addEventListener("close", () => this.#closed());',
    replace: `worker.addEventListener("close", ({ code }) =>
      code === 0 ? this.#becomeStopped() : this.#closed(),
    );`,
    course: THREADS_DIE,
  },
  {
    name: "no-heartbeat-watch",
    promise: "a thread that hangs is found and ended",
    file: "src/supervisor/child-thread.ts",
    find: "if (this.#heartbeatsMissed > missedMax)",
    replace: "if (this.#heartbeatsMissed > missedMax * 1_000)",
    course: THREADS_DIE,
  },
  {
    name: "202-before-the-append",
    promise: "a 202 is answered when Redis has the event, not before",
    file: "src/http/event-route.ts",
    find: "await producer.append(parsed.event);",
    replace: "producer.append(parsed.event).catch(() => undefined);",
    course: REDIS_DIES,
  },
  {
    name: "dead-by-deliveries",
    promise: "nothing is set aside for the number of its deliveries",
    file: "src/consume/process-batch.ts",
    find: "const refusal = batch.refused.get(entry.id);",
    replace: `const isWorn = (batch.deliveries.get(entry.id) ?? 1) > 4;
    const refusal = batch.refused.get(entry.id) ?? (isWorn ? "delivered too often" : undefined);`,
    course: ENGINE_DIES,
  },
  {
    name: "bad-entries-dropped",
    promise: "an entry that cannot be stored is set aside, and not dropped",
    file: "src/store/insert-dead-events.ts",
    find: "if (deadEvents.length === 0) return;",
    replace: "if (deadEvents.length >= 0) return;",
    course: CALM,
  },
  {
    name: "trims-what-another-group-needs",
    promise: "trimming never removes what any group still needs",
    file: "src/stream/trim.ts",
    find: "if floor == nil or older(needed, floor) then floor = needed end",
    replace: "if floor == nil or older(floor, needed) then floor = needed end",
    course: CALM,
  },
  {
    name: "trims-what-is-pending",
    promise: "trimming never removes what is delivered and not yet stored",
    file: "src/stream/trim.ts",
    find: "  if group.pending > 0 then needed = redis.call('XPENDING', KEYS[1], group.name)[2] end\n",
    replace: "",
    course: POSTGRES_AWAY,
  },
  {
    name: "trims-while-its-group-is-gone",
    promise: "trimming waits for a group that was destroyed, though another has read all",
    file: "src/stream/trim.ts",
    find: "if not ownIsThere then return 0 end\n",
    replace: "",
    course: GROUP_MEDDLED_WITH,
  },
  {
    name: "no-high-water-mark",
    promise: "the stream does not grow without bound",
    file: "src/stream/producer.ts",
    find: "if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return '' end",
    replace: "if redis.call('XLEN', KEYS[1]) >= 1000 * ARGV[1] then return '' end",
    course: POSTGRES_AWAY,
  },
  {
    name: "group-not-made-again",
    promise: "a consumer group that is destroyed is made again",
    file: "src/stream/consumer-group.ts",
    find: "if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) return true;",
    replace: "if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) return false;",
    course: GROUP_MEDDLED_WITH,
  },
  {
    name: "no-deadline-for-postgres",
    promise: "no await on PostgreSQL outlasts its deadline, through a dead connection either",
    file: "src/store/database.ts",
    find: "    }, deadlineMs);",
    replace: "    }, deadlineMs * 1_000);",
    course: POSTGRES_UNREACHABLE,
  },
  {
    name: "no-deadline-for-redis",
    promise: "no await on Redis outlasts its deadline, through a dead connection either",
    file: "src/stream/redis-deadlines.ts",
    find: "COMMAND_TIMEOUT_MS = 800;",
    replace: "COMMAND_TIMEOUT_MS = 800_000;",
    course: REDIS_UNREACHABLE,
  },
  {
    name: "evicting-redis-accepted",
    promise: "nothing is accepted while Redis may evict it",
    file: "src/stream/eviction-policy.ts",
    find: 'return policy !== "noeviction" && !policy.startsWith("volatile-");',
    replace: 'return policy === "";',
    course: testedBy("test/stream/eviction.test.ts"),
  },
  {
    name: "tls-unverified",
    promise: "sslmode=verify-full verifies PostgreSQL's certificate",
    file: "src/database-url.ts",
    find: '    case "verify-full":\n      return options;',
    replace: '    case "verify-full":\n      return { ...options, rejectUnauthorized: false };',
    course: testedBy("test/system/tls.test.ts"),
  },
  {
    name: "unknown-parameters-ignored",
    promise: "a route that answers numbers answers the question that was asked, or refuses it",
    file: "src/http/query-parameters.ts",
    find: "if (!known.includes(name)) {",
    replace: 'if (name === "") {',
    course: testedBy("test/unit/query-parameters.test.ts"),
  },
];
