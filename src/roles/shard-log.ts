import type { ConnectedConfig } from "../config/config.ts";
import type { Log } from "../log/log.ts";
import { withFields } from "../log/with-fields.ts";

/** Returns a log that names the shard, unless it is the only one. */
export function shardLog(
  log: Log,
  {
    config,
    stream,
  }: { readonly config: Pick<ConnectedConfig, "stream" | "shards">; readonly stream: string },
): Log {
  return config.shards === 1 && stream === config.stream ? log : withFields(log, { stream });
}
