import { Type } from "@sinclair/typebox";
import { errorText } from "../../../errors.ts";
import type { ClusterUrl, RedisAddress } from "../../../redis-nodes.ts";
import { replySchema } from "../reply-schema.ts";
import { askNode, type NodeAccess, nodeName } from "./ask-node.ts";
import { keySlot } from "./key-slot.ts";
import type { Locator } from "./locator.ts";

const COMMANDS = [["CLUSTER", "SLOTS"]] as const;
const MOVED = /^MOVED (\d+) (.*):(\d+)$/;

const node = Type.Union([Type.Array(Type.Unknown()), Type.Integer()]);
const slotsReply = replySchema(Type.Tuple([Type.Array(Type.Array(node))]));
const addressOf = replySchema(
  Type.Tuple([Type.Union([Type.String(), Type.Null()]), Type.Integer()]),
);

/** The other nodes hear of a slot that has moved about a second later. */
const HINT_MS_MAX = 2_000;

interface Hint {
  readonly address: RedisAddress;
  /** Of `performance.now()`. */
  readonly atMs: number;
}

interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** The master first. */
  readonly nodes: readonly RedisAddress[];
}

/** Finds the master of a key's slot in a Redis Cluster. */
export class ClusterLocator implements Locator {
  readonly #url: ClusterUrl;
  readonly #access: NodeAccess;
  /** Those that a node named last; seeds may be gone. */
  #learned: readonly RedisAddress[] = [];
  /** By slot, from MOVED. */
  readonly #hints = new Map<number, Hint>();
  readonly #asking = new Map<number, Promise<RedisAddress>>();

  constructor(url: ClusterUrl) {
    this.#url = url;
    this.#access = { hasTls: url.hasTls, credentials: url.credentials };
  }

  async locate(key: string): Promise<RedisAddress> {
    const slot = keySlot(key);
    const hint = this.#hints.get(slot);
    if (hint !== undefined && performance.now() - hint.atMs < HINT_MS_MAX) return hint.address;
    const asking =
      this.#asking.get(slot) ?? this.#ask(slot).finally(() => this.#asking.delete(slot));
    this.#asking.set(slot, asking);
    return await asking;
  }

  isElsewhere({ message }: Error, key: string): boolean {
    const [, slot, host = "", port] = MOVED.exec(message) ?? [];
    if (Number(slot) !== keySlot(key)) return false;
    if (host !== "" && host !== "?") {
      const address = { host, port: Number(port) };
      this.#hints.set(Number(slot), { address, atMs: performance.now() });
    }
    return true;
  }

  watch(): () => void {
    return () => undefined;
  }

  close(): void {
    this.#hints.clear();
  }

  /** A node that was cut off believes in an older map, so the majority of those known decides, or of those that answer. */
  async #ask(slot: number): Promise<RedisAddress> {
    const nodes = this.#nodes();
    const votes = new Map<string, { readonly address: RedisAddress; count: number }>();
    const causes: string[] = [];
    const { promise: decided, resolve } = Promise.withResolvers<RedisAddress>();
    const asked = Promise.all(
      nodes.map(async (each) => {
        try {
          const ranges = rangesIn(await askNode(each, this.#access, COMMANDS), each);
          if (ranges.length > 0) this.#learned = ranges.flatMap((range) => range.nodes);
          const [master] =
            ranges.find(({ first, last }) => first <= slot && slot <= last)?.nodes ?? [];
          if (master === undefined)
            throw new Error(`${nodeName(each)}: the slot ${slot} is not served`);
          const name = nodeName(master);
          const vote = votes.get(name) ?? { address: master, count: 0 };
          votes.set(name, vote);
          vote.count += 1;
          if (vote.count > nodes.length / 2) resolve(vote.address);
        } catch (error) {
          causes.push(errorText(error));
        }
      }),
    );
    const first = await Promise.race([decided, asked]);
    if (!Array.isArray(first)) return first;
    const [most] = [...votes.values()].toSorted((a, b) => b.count - a.count);
    if (most !== undefined) return most.address;
    throw new Error(`no node of the Redis Cluster names a master: ${causes.join("; ")}`);
  }

  #nodes(): readonly RedisAddress[] {
    const all = [...this.#learned, ...this.#url.nodes];
    return [...new Map(all.map((each) => [nodeName(each), each])).values()];
  }
}

/** A node that does not know its own host names none: it is the one that was asked. */
function rangesIn(replies: readonly unknown[], asked: RedisAddress): readonly SlotRange[] {
  const [rows] = slotsReply(replies);
  return rows.map(([first, last, ...nodes]) => ({
    first: Number(first),
    last: Number(last),
    nodes: nodes.map((each) => {
      const [host, port] = addressOf(Array.isArray(each) ? each.slice(0, 2) : each);
      return { host: host === null || host === "" || host === "?" ? asked.host : host, port };
    }),
  }));
}
