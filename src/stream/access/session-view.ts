import { randomText } from "../../access/session.ts";
import type { SessionSource } from "../../access/session-source.ts";
import { every } from "../../async/every.ts";
import { shareInFlight } from "../../async/share-in-flight.ts";
import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { ACCESS_READ_INTERVAL_MS } from "./access-view.ts";
import { readEndedSessions, readSessionState, type SessionState } from "./session-store.ts";

/** Between two reads that requests cause. */
const REFRESH_PAUSE_MS = 50;

/** Follows the secret and the ended sessions in Redis. Goes on with what it knows while Redis is away. */
export class SessionView implements SessionSource {
  readonly #redis: RedisConnection;
  readonly #stream: string;
  readonly #condition: Condition;
  #state: SessionState | undefined;
  #ended: ReadonlySet<string> = new Set();
  /** Never rejects. */
  readonly refresh: () => Promise<void>;

  constructor(redis: RedisConnection, { stream, log }: { stream: string; log: Log }) {
    this.#redis = redis;
    this.#stream = stream;
    this.#condition = new Condition(log, "Sessions can be read again");
    this.refresh = shareInFlight(async () => await this.#refresh(), REFRESH_PAUSE_MS);
  }

  readonly secret = (): string | undefined => this.#state?.secret;

  readonly isEnded = (sessionId: string): boolean => this.#ended.has(sessionId);

  /** Reads until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await every(ACCESS_READ_INTERVAL_MS, this.refresh, signal);
  }

  async #refresh(): Promise<void> {
    try {
      // Never one from before: a Redis that lost its data has forgotten which sessions ended.
      const state = await readSessionState(this.#redis, this.#stream, randomText());
      if (state.changes !== this.#state?.changes) {
        this.#ended = await readEndedSessions(this.#redis, this.#stream);
      }
      this.#state = state;
      this.#condition.recover();
    } catch (error) {
      // The connection itself logs when it is lost.
      if (this.#redis.status !== "ready") return;
      const message = "Sessions could not be read, retrying";
      this.#condition.fail({ level: "warn", message, fields: { error: errorText(error) } });
    }
  }
}
