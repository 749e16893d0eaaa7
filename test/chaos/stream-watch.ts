import { wait } from "../../src/async/wait.ts";
import { unprovokedDeadlocks } from "./deadlocks.ts";
import type { History } from "./history.ts";
import { BATCH_ENTRIES_MAX, STREAM_LENGTH_MAX, type World } from "./world.ts";

const INTERVAL_MS = 500;
/** A consumer holds one batch. Redis may deliver another to a read that already timed out. */
const BATCHES_PENDING_MAX = 3;
/** Exceeds the limit: one flush of each thread, and entries of other programs. */
const ENTRIES_ABOVE_LIMIT_MAX = 1_000;

export interface StreamWatch {
  stop(): Promise<void>;
}

/**
 * Checks twice a second, while Redis is up, that no consumer has more pending entries than it can store at once, that the
 * stream is not much longer than its limit, and that there were no deadlocks. Reports each once.
 */
export function startStreamWatch(world: World, history: History): StreamWatch {
  const { redis, key, dataDir } = world;
  const stopping = new AbortController();
  const reported = new Set<string>();

  function fail(what: string, how: string): void {
    if (reported.has(what)) return;
    reported.add(what);
    history.fail(`${what}: ${how}`);
  }

  async function check(): Promise<void> {
    for (const deadlock of unprovokedDeadlocks(dataDir)) {
      fail("Transactions of the engine deadlocked", deadlock);
    }
    const [, , , consumers] = (await redis.xpending(key.stream, key.group)) as PendingSummary;
    for (const [consumer, pending] of consumers ?? []) {
      const isReader = /\/consumer-\d+$/.test(consumer);
      if (isReader && Number(pending) > BATCHES_PENDING_MAX * BATCH_ENTRIES_MAX) {
        fail("A consumer reads more than it stores", `${consumer} has ${pending} entries pending`);
      }
    }
    const length = await redis.xlen(key.stream);
    if (length > STREAM_LENGTH_MAX + ENTRIES_ABOVE_LIMIT_MAX) {
      fail("The stream grows beyond its limit", `it has ${length} entries`);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await check().catch(() => undefined); // Redis or the group is away.
      await wait(INTERVAL_MS, stopping.signal);
    }
  }
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

type PendingSummary = [
  number,
  string | null,
  string | null,
  readonly (readonly [string, string])[] | null,
];
