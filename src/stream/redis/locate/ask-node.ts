import { Redis } from "ioredis";
import type { Credentials, RedisAddress } from "../../../redis-nodes.ts";

/** Leaves time for a node that answers within the deadline of a command. */
const ASK_MS_MAX = 400;

export interface NodeAccess {
  readonly hasTls: boolean;
  readonly credentials: Credentials;
}

/** Returns the replies of one sentinel or node, on a connection of its own. @throws Error that names it. */
export async function askNode(
  address: RedisAddress,
  access: NodeAccess,
  commands: readonly (readonly [string, ...string[]])[],
): Promise<readonly unknown[]> {
  return await onNode(
    address,
    access,
    async (redis) =>
      await Promise.all(commands.map(([command, ...args]) => redis.call(command, args))),
  );
}

/** Does work on a connection of its own. @throws Error that names the node. */
export async function onNode<Result>(
  address: RedisAddress,
  access: NodeAccess,
  work: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const redis = new Redis({
    ...nodeSettings(address, access),
    lazyConnect: true,
    connectTimeout: ASK_MS_MAX,
    commandTimeout: ASK_MS_MAX,
    retryStrategy: () => null,
  });
  // The rejection of `connect` does not tell the cause.
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  redis.on("error", failed.reject);
  try {
    await Promise.race([redis.connect(), failed.promise]);
    return await work(redis);
  } catch (error) {
    throw new Error(nodeName(address), { cause: error });
  } finally {
    redis.disconnect();
  }
}

/** Returns how to reach other nodes of a connection's installation. */
export function accessOf({ options: { username, password, tls } }: Redis): NodeAccess {
  return {
    hasTls: tls !== undefined,
    credentials: { username: username ?? undefined, password: password ?? undefined },
  };
}

/** Of ioredis, for a connection that is not one to the stream. */
export function nodeSettings({ host, port }: RedisAddress, { hasTls, credentials }: NodeAccess) {
  const { username, password } = credentials;
  return {
    host,
    port,
    ...(hasTls ? { tls: {} } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    protocol: 2,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    disconnectTimeout: 0,
  } as const;
}

export function nodeName({ host, port }: RedisAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
