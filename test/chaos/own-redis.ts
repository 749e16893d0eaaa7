import { Redis } from "ioredis";

const COMMAND_TIMEOUT_MS = 2_000;
const RECONNECT_DELAY_MS = 200;

/**
 * Opens a connection that shares no code with the engine, so that the test does not share its defects. Commands are sent once
 * and fail while Redis is away.
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
  redis.on("error", () => undefined); // Redis is often away.
  await redis.connect();
  return redis;
}
