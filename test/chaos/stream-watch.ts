import { wait } from "../../src/async/wait.ts";
import { unprovokedDeadlocks } from "./deadlocks.ts";
import type { History } from "./history.ts";
import { BATCH_ENTRIES_MAX, STREAM_LENGTH_MAX, type World } from "./world.ts";

const INTERVAL_MS = 500;
/**
 * A consumer has one batch in hand. Another may be delivered to it by a read that it has given up, and that
 * Redis came to late.
 */
const BATCHES_PENDING_MAX = 3;
/** What a thread appends at once, and what other programs append without asking, beyond the mark. */
const ENTRIES_BEYOND_MARK_MAX = 1_000;

/** What looks at the stream and at PostgreSQL's log during the load. */
export interface StreamWatch {
  stop(): Promise<void>;
}

/**
 * Checks twice a second, whenever Redis answers, that no consumer has more entries pending than it can
 * store at once, and that the stream is not much longer than its mark; and that there were no deadlocks.
 * Each is told once.
 */
export function startStreamWatch(world: World, history: History): StreamWatch {
  const { redis, key, dataDir } = world;
  const stopping = new AbortController();
  const told = new Set<string>();

  function fail(what: string, how: string): void {
    if (told.has(what)) return;
    told.add(what);
    history.fail(`${what}: ${how}`);
  }

  async function look(): Promise<void> {
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
    if (length > STREAM_LENGTH_MAX + ENTRIES_BEYOND_MARK_MAX) {
      fail("The stream grows beyond its mark", `it has ${length} entries`);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(() => undefined); // Redis is away, or its group.
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
