import { ALL, CALM, POSTGRES, REDIS, THREADS } from "./courses.ts";
import type { Mutant } from "./mutant.ts";

/** Each breaks one promise, and nothing else. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "no-sort",
    promise: "concurrent batches lock rows in one order, and never deadlock",
    file: "src/event/rollup.ts",
    find: "return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);",
    replace: "return [...byKey].map(([, row]) => row);",
    course: POSTGRES,
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
    file: "src/store/apply-rollup.ts",
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
    course: POSTGRES,
  },
  {
    name: "unknown-commit-is-success",
    promise: "a transaction without an answer is taken neither for done nor for failed",
    file: "src/consume/batch-worker.ts",
    find: "if (isStreamUnavailable(error)) throw error;",
    replace: `if (isStreamUnavailable(error)) throw error;
        if (error instanceof QueueFlowError && error.code === "database_unavailable")
          return { stored: entries.length, duplicates: 0, dead: 0 };`,
    course: POSTGRES,
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
    course: REDIS,
  },
  {
    name: "redis-client-defaults",
    promise: "the Redis client re-sends nothing by itself, queues nothing, and times out",
    file: "src/stream/redis-connection.ts",
    find: `  const { url, log, blockMs } = options;
  const redis = new Redis(url, {
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS + blockMs,
`,
    replace: `  const { url, log } = options;
  void COMMAND_TIMEOUT_MS;
  const redis = new Redis(url, {
`,
    course: REDIS,
  },
  {
    name: "reads-on",
    promise: "a consumer holds its batch while PostgreSQL is away, and reads no more",
    file: "src/consume/batch-worker.ts",
    find: "      if (signal.aborted) return undefined;\n      await wait(",
    replace: "      if (attempt > 0) return undefined;\n      await wait(",
    course: POSTGRES,
  },
  {
    name: "asynchronous-commit",
    promise: "a committed row outlives PostgreSQL",
    file: "src/store/database.ts",
    find: 'synchronous_commit: "on"',
    replace: 'synchronous_commit: "off"',
    course: POSTGRES,
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
    course: THREADS,
  },
  {
    name: "no-heartbeat-watch",
    promise: "a thread that hangs is found and ended",
    file: "src/supervisor/child-thread.ts",
    find: "if (this.#heartbeatsMissed > HEARTBEATS_MISSED_MAX)",
    replace: "if (this.#heartbeatsMissed > HEARTBEATS_MISSED_MAX * 1_000)",
    course: THREADS,
  },
  {
    name: "202-before-the-append",
    promise: "a 202 is answered when Redis has the event, not before",
    file: "src/http/event-route.ts",
    find: "await producer.append(parsed.event);",
    replace: "producer.append(parsed.event).catch(() => undefined);",
    course: REDIS,
  },
  {
    name: "dead-by-deliveries",
    promise: "nothing is set aside for the number of its deliveries",
    file: "src/consume/process-batch.ts",
    find: "const refusal = batch.refused.get(entry.id);",
    replace: `const isWorn = (batch.deliveries.get(entry.id) ?? 1) > 4;
    const refusal = batch.refused.get(entry.id) ?? (isWorn ? "delivered too often" : undefined);`,
    course: ALL,
  },
  {
    name: "bad-entries-dropped",
    promise: "an entry that cannot be stored is set aside, and not dropped",
    file: "src/consume/process-batch.ts",
    find: "      await insertDeadEvents(tx, dead);\n",
    replace: "",
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
    course: POSTGRES,
  },
  {
    name: "no-high-water-mark",
    promise: "the stream does not grow without bound",
    file: "src/stream/producer.ts",
    find: "if redis.call('XLEN', KEYS[1]) >= mark then return '' end",
    replace: "if redis.call('XLEN', KEYS[1]) >= mark * 1000 then return '' end",
    course: POSTGRES,
  },
  {
    name: "group-not-made-again",
    promise: "a consumer group that is destroyed is made again",
    file: "src/stream/consumer-group.ts",
    find: "if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) return true;",
    replace: "if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) return false;",
    course: ALL,
  },
  {
    name: "no-deadline-for-postgres",
    promise: "no await on PostgreSQL outlasts its deadline, through a dead connection either",
    file: "src/store/database.ts",
    find: "return await Promise.race([run, deadline]);",
    replace: "return await Promise.race([run, deadline.catch(async () => await run)]);",
    course: ALL,
  },
];
