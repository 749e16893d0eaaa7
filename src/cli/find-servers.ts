import { DATA_DIR, type EngineConfig } from "../config/config.ts";
import { type EmbeddedState, findEmbedded } from "../embedded/find-embedded.ts";
import { QueueFlowError } from "../errors.ts";

/**
 * The Redis that a command works on: the configured one, else that of the engine which runs in this
 * folder.
 *
 * @throws QueueFlowError `invalid_config` that says what to do when there is neither.
 */
export function findRedisUrl({ redisUrl }: EngineConfig, dataDir = DATA_DIR): string {
  return redisUrl ?? ofRunningEngine(dataDir, { url: "redisUrl", variable: "REDIS_URL" });
}

/**
 * The database that a command works on: the configured one, else that of the engine which runs in
 * this folder.
 *
 * @throws QueueFlowError `invalid_config` that says what to do when there is neither.
 */
export function findDatabaseUrl({ databaseUrl }: EngineConfig, dataDir = DATA_DIR): string {
  return databaseUrl ?? ofRunningEngine(dataDir, { url: "databaseUrl", variable: "DATABASE_URL" });
}

function ofRunningEngine(
  dataDir: string,
  { url, variable }: { url: "redisUrl" | "databaseUrl"; variable: string },
): string {
  const engine = findEmbedded(dataDir);
  const found = engine?.[url];
  if (found !== undefined) return found;
  throw new QueueFlowError("invalid_config", whyNotFound(engine, variable));
}

function whyNotFound(engine: EmbeddedState | undefined, variable: string): string {
  if (engine === undefined) {
    return `No engine runs in this folder: start one here with \`queueflow\` (in a clone, \`npx -y bun@1.4.5 start\`), or set ${variable}`;
  }
  const isStarting = engine.redisUrl === undefined && engine.databaseUrl === undefined;
  return isStarting
    ? "The engine in this folder is still starting its servers: try again in a moment"
    : `The engine in this folder was started with a ${variable}: set the same one for this command`;
}
