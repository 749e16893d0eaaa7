import type { Database } from "../store/database.ts";
import type { RedisConnection } from "../stream/redis/redis-connection.ts";

export interface AccessServers {
  readonly database: Database;
  readonly redis: RedisConnection;
  readonly stream: string;
}
