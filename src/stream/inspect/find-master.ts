import { redisNodesOf } from "../../redis-nodes.ts";
import { redisCliUrl } from "../../server-address.ts";
import { nodeName } from "../redis/locate/ask-node.ts";
import { shareLocator } from "../redis/locate/locator.ts";

export interface FoundMaster {
  /** Host and port. */
  readonly name: string;
  /** As redis-cli reads it. */
  readonly url: string;
  readonly password: string | undefined;
}

/** Returns the server that has a key now, and undefined for the URL of one server. @throws Error that says why none is known. */
export async function findMaster(url: string, key: string): Promise<FoundMaster | undefined> {
  const nodes = redisNodesOf(url);
  const shared = shareLocator(url);
  if (nodes === undefined || shared === undefined) return undefined;
  try {
    const name = nodeName(await shared.locator.locate(key));
    const { username = "", password } = nodes.credentials;
    const parts = new URL(`${nodes.hasTls ? "rediss" : "redis"}://${name}`);
    parts.username = encodeURIComponent(username);
    parts.password = encodeURIComponent(password ?? "");
    if (nodes.kind === "sentinel") parts.pathname = `/${nodes.database}`;
    return { name, url: redisCliUrl(parts.href), password };
  } finally {
    shared.release();
  }
}
