import type { RedisConnection } from "../redis-connection.ts";
import { accessOf, onNode } from "./ask-node.ts";

const MOVED = /^MOVED /;
/** The slot moves, and its key is there already. */
const ASK = /^ASK \d+ (.+):(\d+)$/;
/** Leaves time for the call within the deadline of a request. */
const RECONNECT_MS_MAX = 400;

/** Sends a call on a connection. With `isAsking`, ASKING must go before each command. */
export type Attempt<Reply> = (redis: RedisConnection, isAsking: boolean) => Promise<Reply>;

/** Gives a call again to the node that has the key by now: after MOVED or ASK nothing was executed. Rejects as the last attempt. */
export async function atOwner<Reply>(
  redis: RedisConnection,
  attempt: Attempt<Reply>,
): Promise<Reply> {
  try {
    return await attempt(redis, false);
  } catch (error) {
    const isLocated = redis.options.Connector !== undefined;
    if (!isLocated || !(error instanceof Error)) throw error;
    const [, host, port] = ASK.exec(error.message) ?? [];
    if (host !== undefined) {
      const target = { host, port: Number(port) };
      return await onNode(target, accessOf(redis), async (other) => await attempt(other, true));
    }
    if (!MOVED.test(error.message) || !(await isReadyAgain(redis))) throw error;
    return await attempt(redis, false);
  }
}

/** The connection is being left; its next one leads to the owner. */
async function isReadyAgain(redis: RedisConnection): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onReady = () => resolve(true);
  const timer = setTimeout(() => resolve(false), RECONNECT_MS_MAX);
  redis.once("ready", onReady);
  const isReady = await promise;
  clearTimeout(timer);
  redis.off("ready", onReady);
  return isReady;
}
