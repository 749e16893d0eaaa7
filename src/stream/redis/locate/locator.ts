import { type RedisAddress, redisNodesOf } from "../../../redis-nodes.ts";
import { ClusterLocator } from "./cluster-locator.ts";
import { SentinelLocator } from "./sentinel-locator.ts";

/** Knows which server of several has a key now. The connections of a thread to one `REDIS_URL` share one. */
export interface Locator {
  /** @throws Error that says why no server is known. */
  locate(key: string): Promise<RedisAddress>;
  /** Returns whether an error reply means that another server has this key now. */
  isElsewhere(error: Error, key: string): boolean;
  /** Calls `leave` when servers changed, with what tells which addresses are still right. Returns how to end that. */
  watch(leave: (isRight: (address: RedisAddress) => boolean) => void): () => void;
  close(): void;
}

const shared = new Map<string, { readonly locator: Locator; users: number }>();

/** Returns undefined for the URL of one server. `release` closes the locator after its last user. */
export function shareLocator(
  url: string,
): { readonly locator: Locator; readonly release: () => void } | undefined {
  const nodes = redisNodesOf(url);
  if (nodes === undefined) return undefined;
  const entry = shared.get(url) ?? {
    locator: nodes.kind === "sentinel" ? new SentinelLocator(nodes) : new ClusterLocator(nodes),
    users: 0,
  };
  shared.set(url, entry);
  entry.users += 1;
  let isReleased = false;
  return {
    locator: entry.locator,
    release() {
      if (isReleased) return;
      isReleased = true;
      entry.users -= 1;
      if (entry.users > 0) return;
      shared.delete(url);
      entry.locator.close();
    },
  };
}
