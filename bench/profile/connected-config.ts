import { type ConnectedConfig, readConfig } from "../../src/config/config.ts";

/** Returns a thread's configuration with both servers from the environment. */
export function connectedConfig(): ConnectedConfig {
  const { redisUrl, databaseUrl, ...config } = readConfig();
  if (redisUrl === undefined || databaseUrl === undefined) {
    throw new Error("Expected REDIS_URL and DATABASE_URL in the environment");
  }
  return { ...config, redisUrl, databaseUrl, mayShareApiPort: true };
}
