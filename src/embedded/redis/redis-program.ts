import { QueueFlowError } from "../../errors.ts";
import { runCommand } from "../run-command.ts";

export interface RedisProgram {
  readonly path: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Valkey forked from Redis 7.2.4 and continues its numbering, so one minimum serves both. */
const VERSION_MIN = "7.0.0";

/** Runs the program once. @throws QueueFlowError `embedded_server_failed` when it does not run or is too old. */
export async function checkedProgram(
  { path, env }: Omit<RedisProgram, "version">,
  signal: AbortSignal,
): Promise<RedisProgram> {
  const text = await runCommand([path, "--version"], { env, signal });
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version !== undefined && Bun.semver.order(version, VERSION_MIN) >= 0) {
    return { path, version, env };
  }
  const sentence = `${path} is version ${version ?? "unknown"}; QueueFlow needs Redis ${VERSION_MIN} or newer, or Valkey: install one, or set REDIS_URL`;
  throw new QueueFlowError("embedded_server_failed", sentence);
}
