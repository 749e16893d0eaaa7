import { setTimeout as delay } from "node:timers/promises";
import type { GroupKey } from "../consumer-group.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { compareEntryIds } from "../stream-entry.ts";
import { readBacklog } from "./read-backlog.ts";

const ASK_INTERVAL_MS = 50;
/** Each costs a comparison per question. */
const WAITERS_MAX = 1_000;

interface Waiter {
  readonly lastEntryId: string;
  readonly settle: (isFinished: boolean) => void;
}

/** Tells when consumers have finished entries. One question to Redis serves all who wait in a thread. */
export class StoredWatch {
  readonly #redis: RedisConnection;
  readonly #key: GroupKey;
  readonly #waiters = new Set<Waiter>();
  #isAsking = false;

  constructor(redis: RedisConnection, key: GroupKey) {
    this.#redis = redis;
    this.#key = key;
  }

  /** Resolves with whether all entries up to `lastEntryId` are finished; false at the deadline, and beyond `WAITERS_MAX`. */
  async waitUntilFinished(lastEntryId: string, deadlineMs: number): Promise<boolean> {
    if (this.#waiters.size >= WAITERS_MAX) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { lastEntryId, settle: resolve };
    this.#waiters.add(waiter);
    const timer = setTimeout(resolve, deadlineMs, false);
    if (!this.#isAsking) void this.#ask();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiters.size > 0) {
      // Entries that are appended meanwhile may be missing in the reply.
      const asked = [...this.#waiters];
      const isFinished = await this.#readProgress();
      for (const { lastEntryId, settle } of asked) if (isFinished(lastEntryId)) settle(true);
      await delay(ASK_INTERVAL_MS);
    }
    this.#isAsking = false;
  }

  async #readProgress(): Promise<(entryId: string) => boolean> {
    try {
      const { entries, oldestId } = await readBacklog(this.#redis, this.#key);
      if (entries === 0) return () => true;
      return (entryId) => oldestId !== undefined && compareEntryIds(oldestId, entryId) > 0;
    } catch {
      return () => false;
    }
  }
}
