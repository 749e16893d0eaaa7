import { every } from "../../async/every.ts";
import { errorText } from "../../errors.ts";
import { HOUR_MS } from "../../event/day.ts";
import { type LocalDay, localDayAt } from "../../event/local-day.ts";
import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import { redisCall } from "../redis/redis-call.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { type KeptSalt, keepSalt, newSalt } from "./keep-salt.ts";
import { saltKey } from "./salt-keys.ts";

/** A thread without the salt makes another if Redis lost it less than this ago. */
const INTERVAL_MS = 1_000;
const AHEAD_MS = HOUR_MS;

/** Where and when an event happened. */
export interface SaltMoment {
  readonly timeZone: string;
  /** At most a day ago. */
  readonly atMs: number;
}

interface SaltDay extends LocalDay {
  readonly timeZone: string;
  readonly key: string;
}

interface HeldSalt extends KeptSalt {
  readonly day: SaltDay;
  /** A zone that nobody uses any more gets no salt for the next date. */
  isUsed: boolean;
}

export interface DailySaltsOptions {
  readonly stream: string;
  readonly log: Log;
  readonly nowMs?: () => number;
}

/**
 * The salts of daily visitors: one for each time zone and local date, which all threads share through Redis. Without Redis, a thread
 * goes on with those it holds.
 */
export class DailySalts {
  readonly #redis: RedisConnection;
  readonly #stream: string;
  readonly #nowMs: () => number;
  readonly #condition: Condition;
  /** By time zone. */
  readonly #days = new Map<string, SaltDay[]>();
  /** Both by key. */
  readonly #held = new Map<string, HeldSalt>();
  readonly #making = new Map<string, Promise<HeldSalt>>();

  constructor(redis: RedisConnection, { stream, log, nowMs = Date.now }: DailySaltsOptions) {
    this.#redis = redis;
    this.#stream = stream;
    this.#nowMs = nowMs;
    this.#condition = new Condition(log, "The salts of daily visitors are kept in Redis again");
  }

  /**
   * Returns the salt at once if this thread holds it.
   *
   * @throws QueueFlowError `stream_unavailable` or `stream_full`, by rejection; RangeError for an unknown time zone.
   */
  saltAt({ timeZone, atMs }: SaltMoment): Buffer | Promise<Buffer> {
    const day = this.#dayAt(timeZone, atMs);
    const held = this.#held.get(day.key);
    if (held === undefined) return this.#make(day).then(use);
    return use(held);
  }

  /** Keeps in Redis what this thread holds, and makes salts ahead, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await every(INTERVAL_MS, async () => await this.keep(), signal);
  }

  /** One round of `run`. Never rejects. */
  async keep(): Promise<void> {
    this.#forget();
    try {
      await this.#writeBack();
      await this.#makeAhead();
      this.#condition.recover();
    } catch (error) {
      // The connection itself logs when it is lost.
      if (this.#redis.status !== "ready") return;
      const message = "The salts of daily visitors could not be kept in Redis, retrying";
      this.#condition.fail({ level: "warn", message, fields: { error: errorText(error) } });
    }
  }

  #dayAt(timeZone: string, atMs: number): SaltDay {
    const days = this.#days.get(timeZone) ?? [];
    const known = days.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);
    if (known !== undefined) return known;
    const found = localDayAt(timeZone, atMs);
    const day = { ...found, timeZone, key: saltKey(this.#stream, { timeZone, date: found.date }) };
    this.#days.set(timeZone, [...days, day]);
    return day;
  }

  #make(day: SaltDay): Promise<HeldSalt> {
    const { key } = day;
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#keep(day, { own: newSalt(key, day, this.#nowMs()), is: "new" }).finally(() =>
        this.#making.delete(key),
      );
      this.#making.set(key, making);
    }
    return making;
  }

  async #keep(
    day: SaltDay,
    { own, is }: { readonly own: KeptSalt; readonly is: "new" | "held" },
  ): Promise<HeldSalt> {
    const kept = await keepSalt(this.#redis, this.#stream, { own, is });
    const held = { ...kept, day, isUsed: this.#held.get(day.key)?.isUsed ?? false };
    this.#held.set(day.key, held);
    return held;
  }

  #forget(): void {
    const nowMs = this.#nowMs();
    for (const { key, expiresAtMs } of this.#held.values()) {
      if (expiresAtMs <= nowMs) this.#held.delete(key);
    }
    for (const [timeZone, days] of this.#days) {
      const kept = days.filter(({ key }) => this.#held.has(key) || this.#making.has(key));
      if (kept.length === 0) this.#days.delete(timeZone);
      else this.#days.set(timeZone, kept);
    }
  }

  /** Redis lost a salt when it was flushed, evicted it, or came back with an older copy. */
  async #writeBack(): Promise<void> {
    const held = [...this.#held.values()];
    if (held.length === 0) return;
    const reading = this.#redis.mget(held.map(({ key }) => key));
    const values = await redisCall(this.#redis, "read the salts of daily visitors", reading);
    for (const [i, own] of held.entries()) {
      if (values[i] !== own.value) await this.#keep(own.day, { own, is: "held" });
    }
  }

  async #makeAhead(): Promise<void> {
    const nowMs = this.#nowMs();
    for (const { day, isUsed } of this.#held.values()) {
      const { timeZone, dateEndMs } = day;
      if (!isUsed || nowMs < dateEndMs - AHEAD_MS || nowMs >= dateEndMs) continue;
      const next = this.#dayAt(timeZone, dateEndMs);
      if (!this.#held.has(next.key)) await this.#make(next);
    }
  }
}

function use(held: HeldSalt): Buffer {
  held.isUsed = true;
  return held.salt;
}
