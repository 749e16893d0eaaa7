import { HOUR_MS } from "../../event/day.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { noteUse } from "./key-use.ts";
import { type KeylessSender, noteKeyless } from "./keyless.ts";

/** Anybody may send any name. */
const SENDERS_MAX = 1_000;
/** A sender is noted again after this time. */
const SENDERS_MS = 60_000;
const AGENT_CHARACTERS_MAX = 64;

/** Which keys a thread saw, and which clients without one. Redis learns of a key once an hour and of a client once a minute. */
export class AccessNotes {
  readonly #redis: RedisConnection;
  readonly #stream: string;
  readonly #usedKeys = new Set<string>();
  /** By key id, as an ISO string. */
  readonly #notedHours = new Map<string, string>();
  readonly #senders = new Map<string, KeylessSender>();
  readonly #notedSenders = new Set<string>();
  #sendersSinceMs = performance.now();

  constructor(redis: RedisConnection, stream: string) {
    this.#redis = redis;
    this.#stream = stream;
  }

  noteUse(keyId: string): void {
    this.#usedKeys.add(keyId);
  }

  noteKeyless(siteId: string, agent: string | null): void {
    const name = `${siteId}\0${agent ?? ""}`;
    if (this.#notedSenders.has(name) || this.#notedSenders.size >= SENDERS_MAX) return;
    this.#notedSenders.add(name);
    const sender = { siteId, agent: productIn(agent ?? "") };
    this.#senders.set(`${siteId}\0${sender.agent}`, sender);
  }

  /** Never rejects. Keeps what Redis did not take. */
  async flush(): Promise<void> {
    try {
      await this.#flushKeys();
      await this.#flushSenders();
    } catch {
      // Noted again by the next flush.
    }
  }

  async #flushKeys(): Promise<void> {
    const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS).toISOString();
    const used = [...this.#usedKeys];
    const hours = new Map(
      used.filter((keyId) => this.#notedHours.get(keyId) !== hour).map((keyId) => [keyId, hour]),
    );
    await noteUse(this.#redis, this.#stream, hours);
    for (const keyId of hours.keys()) this.#notedHours.set(keyId, hour);
    for (const keyId of used) this.#usedKeys.delete(keyId);
  }

  async #flushSenders(): Promise<void> {
    const names = [...this.#senders.keys()];
    await noteKeyless(this.#redis, this.#stream, [...this.#senders.values()]);
    for (const name of names) this.#senders.delete(name);
    if (performance.now() - this.#sendersSinceMs < SENDERS_MS) return;
    this.#sendersSinceMs = performance.now();
    this.#notedSenders.clear();
  }
}

/** Returns the first product of a `User-Agent`, such as `curl/8.5.0`. */
function productIn(agent: string): string {
  return (agent.split(" ", 1)[0] ?? "").slice(0, AGENT_CHARACTERS_MAX);
}
