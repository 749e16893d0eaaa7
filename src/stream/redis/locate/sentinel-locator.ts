import { Type } from "@sinclair/typebox";
import { errorText } from "../../../errors.ts";
import type { RedisAddress, SentinelUrl } from "../../../redis-nodes.ts";
import { replySchema } from "../reply-schema.ts";
import { askNode, type NodeAccess, nodeName } from "./ask-node.ts";
import type { Locator } from "./locator.ts";
import { SentinelEvents } from "./sentinel-events.ts";

/** Covers a sentinel whose connection is half-open. */
const CHECK_INTERVAL_MS = 5_000;
const NO_CREDENTIALS = { username: undefined, password: undefined };

const masterReply = replySchema(
  Type.Tuple([Type.Array(Type.String()), Type.Tuple([Type.String(), Type.String()])]),
);

interface Opinion {
  readonly epoch: number;
  readonly address: RedisAddress;
  /** The master was told nothing yet, and loses what it takes from now on. */
  readonly isFailoverBegun: boolean;
}

type Leave = Parameters<Locator["watch"]>[0];

/** Finds the master that Sentinel names, and says so when that changes. */
export class SentinelLocator implements Locator {
  readonly #url: SentinelUrl;
  readonly #events: SentinelEvents;
  readonly #leaves = new Set<Leave>();
  readonly #timer: Timer;
  #access: NodeAccess;
  #locating: Promise<RedisAddress> | undefined;
  #newestEpoch = 0;

  constructor(url: SentinelUrl) {
    this.#url = url;
    this.#access = { hasTls: url.hasTls, credentials: NO_CREDENTIALS };
    this.#events = new SentinelEvents(url, {
      access: () => this.#access,
      onFailoverBegun: () => this.#leave(() => false),
      onMaster: (master) => this.#leave((address) => isSame(address, master)),
      onSubscribed: () => void this.#check(),
      onUnauthenticated: () => this.#authenticate(),
    });
    this.#timer = setInterval(() => void this.#check(), CHECK_INTERVAL_MS);
    this.#timer.unref();
  }

  async locate(): Promise<RedisAddress> {
    this.#locating ??= this.#ask().finally(() => {
      this.#locating = undefined;
    });
    return await this.#locating;
  }

  isElsewhere(): boolean {
    return false;
  }

  watch(leave: Leave): () => void {
    this.#leaves.add(leave);
    return () => this.#leaves.delete(leave);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#events.close();
  }

  /**
   * A sentinel that was cut off knows an older master, so the newest configuration seen counts, even if none that knows it answers now.
   * When every sentinel has an older one, the operator has set them up again.
   */
  async #ask(): Promise<RedisAddress> {
    const { nodes, master } = this.#url;
    const answers = await Promise.allSettled(nodes.map((node) => this.#opinionOf(node)));
    const opinions = answers.flatMap((answer) =>
      answer.status === "fulfilled" ? [answer.value] : [],
    );
    const epoch = Math.max(...opinions.map((opinion) => opinion.epoch));
    if (opinions.length > 0 && opinions.length < nodes.length && epoch < this.#newestEpoch) {
      throw new Error(
        `the sentinels that answer know an older master ${master}, of epoch ${epoch} instead of ${this.#newestEpoch}`,
      );
    }
    if (opinions.length > 0) this.#newestEpoch = epoch;
    const newest = opinions.filter((opinion) => opinion.epoch === epoch);
    if (newest.some(({ isFailoverBegun }) => isFailoverBegun)) {
      throw new Error(`Sentinel is replacing the master ${master}`);
    }
    const [found] = newest;
    if (found !== undefined) return found.address;
    const causes = answers.flatMap((answer) =>
      answer.status === "rejected" ? [errorText(answer.reason)] : [],
    );
    throw new Error(`no sentinel names the master ${master}: ${causes.join("; ")}`);
  }

  async #opinionOf(sentinel: RedisAddress): Promise<Opinion> {
    const { master } = this.#url;
    const commands = [
      ["SENTINEL", "MASTER", master],
      ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", master],
    ] as const;
    const access = this.#access;
    try {
      return opinionIn(await askNode(sentinel, access, commands));
    } catch (error) {
      if (!isUnauthenticated(error) || !this.#authenticate()) throw error;
      return opinionIn(await askNode(sentinel, this.#access, commands));
    }
  }

  /** Returns whether there are credentials to try. */
  #authenticate(): boolean {
    const { sentinelCredentials, hasTls } = this.#url;
    this.#access = { hasTls, credentials: sentinelCredentials };
    return sentinelCredentials.password !== undefined;
  }

  /** Never rejects. */
  async #check(): Promise<void> {
    if (this.#leaves.size === 0) return;
    try {
      const master = await this.locate();
      this.#leave((address) => isSame(address, master));
    } catch {
      // The event of the switch follows.
    }
  }

  #leave(isRight: (address: RedisAddress) => boolean): void {
    for (const leave of this.#leaves) leave(isRight);
  }
}

/**
 * From its election until the promotion of a replica, a sentinel still names the old master. It loses what it takes from the promotion
 * on, which the sentinel learns up to a second later.
 */
function opinionIn(replies: readonly unknown[]): Opinion {
  const [flat, [host, port]] = masterReply(replies);
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? "", flat[i + 1] ?? "");
  const address = { host, port: Number(port) };
  const old = { host: fields.get("ip") ?? "", port: Number(fields.get("port")) };
  const isUnderWay = (fields.get("flags") ?? "").split(",").includes("failover_in_progress");
  return {
    epoch: Number(fields.get("config-epoch") ?? 0),
    address,
    isFailoverBegun: isUnderWay && isSame(address, old),
  };
}

function isSame(one: RedisAddress, other: RedisAddress): boolean {
  return nodeName(one) === nodeName(other);
}

function isUnauthenticated(error: unknown): boolean {
  return /\bNOAUTH\b/.test(errorText(error));
}
