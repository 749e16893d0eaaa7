import type { AccessDocument } from "../../access/access-document.ts";
import type { AccessSource } from "../../access/access-source.ts";
import { type Access, compileRules, UNKNOWN } from "../../access/rules.ts";
import { every } from "../../async/every.ts";
import { shareInFlight } from "../../async/share-in-flight.ts";
import { errorText } from "../../errors.ts";
import { Condition } from "../../log/condition.ts";
import type { Log } from "../../log/log.ts";
import type { RedisConnection } from "../redis/redis-connection.ts";
import { AccessNotes } from "./access-notes.ts";
import { type MirrorHead, readMirror, readMirrorHead } from "./read-mirror.ts";

/** A change has to reach every thread within two seconds. */
export const ACCESS_READ_INTERVAL_MS = 500;
/** Between two reads that requests cause. */
const REFRESH_PAUSE_MS = 50;

export interface AccessViewOptions {
  readonly stream: string;
  /** Whether everything needs a key, also where none exists. */
  readonly isAllClosed: boolean;
  readonly log: Log;
  /** Called with each document that comes into force. */
  readonly onDocument: (document: AccessDocument) => void;
}

/** Follows the mirror. Goes on with what it knows while Redis is away or has lost it. */
export class AccessView implements AccessSource {
  readonly #redis: RedisConnection;
  readonly #options: AccessViewOptions;
  readonly #condition: Condition;
  readonly #notes: AccessNotes;
  #access: Access = UNKNOWN;
  #head: MirrorHead | undefined;
  /** The fence of an older mirror than the one in force. */
  #olderFence: number | undefined;
  /** Never rejects. */
  readonly refresh: () => Promise<Access>;

  constructor(redis: RedisConnection, options: AccessViewOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#condition = new Condition(options.log, "Sites and keys can be read again");
    this.#notes = new AccessNotes(redis, options.stream);
    this.refresh = shareInFlight(async () => await this.#refresh(), REFRESH_PAUSE_MS);
  }

  readonly current = (): Access => this.#access;

  readonly noteUse = (keyId: string): void => this.#notes.noteUse(keyId);

  readonly noteKeyless = (siteId: string, agent: string | null): void =>
    this.#notes.noteKeyless(siteId, agent);

  /** Reads the mirror until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    await every(
      ACCESS_READ_INTERVAL_MS,
      async () => {
        await this.refresh();
        await this.#notes.flush();
      },
      signal,
    );
  }

  async #refresh(): Promise<Access> {
    try {
      await this.#follow();
    } catch (error) {
      // The connection itself logs when it is lost.
      if (this.#redis.status === "ready") {
        const message = "Sites and keys could not be read, retrying";
        this.#condition.fail({ level: "warn", message, fields: { error: errorText(error) } });
      }
    }
    return this.#access;
  }

  async #follow(): Promise<void> {
    const { stream } = this.#options;
    const seen = await readMirrorHead(this.#redis, stream);
    if (seen === undefined || this.#isOlder(seen)) return;
    if (seen.version !== this.#head?.version) {
      const mirror = await readMirror(this.#redis, stream);
      if (mirror === undefined || this.#isOlder(mirror)) return;
      this.#apply(mirror.document);
      this.#head = mirror;
    } else this.#head = seen;
    this.#olderFence = undefined;
    if (this.#access.kind !== "unknown") this.#condition.recover();
  }

  /**
   * Redis came back with an older copy, whose keys may be revoked by now. It counts once somebody has written it again, from
   * PostgreSQL, whatever the fence then is: the clock of Redis may be another one.
   */
  #isOlder({ fence }: MirrorHead): boolean {
    if (this.#head === undefined || fence >= this.#head.fence) return false;
    this.#olderFence ??= fence;
    return fence === this.#olderFence;
  }

  #apply(document: AccessDocument | undefined): void {
    if (document === undefined) {
      this.#access = UNKNOWN;
      const message =
        "Redis has sites and keys in a newer format; requests are refused until this binary is replaced";
      this.#condition.fail({ level: "error", message, fields: {}, cause: "format" });
      return;
    }
    this.#access = compileRules(document, this.#options);
    this.#options.onDocument(document);
  }
}
