import { Redis } from "ioredis";

const COMMAND_TIMEOUT_MS = 2_000;
const RECONNECT_DELAY_MS = 200;

/**
 * A connection that is no part of the engine, so that a defect of the engine's is none of the test's. A
 * command is sent once, and fails while Redis is away.
 */
export async function openOwnRedis(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => RECONNECT_DELAY_MS,
    lazyConnect: true,
  });
  redis.on("error", () => undefined); // Redis dies often.
  await redis.connect();
  return redis;
}
