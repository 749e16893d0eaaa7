import type { StoreOutcome } from "../../stream/inspect/wait-until-stored.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { openProgress } from "../progress.ts";
import { count } from "../text.ts";
import type { ImportInput } from "./import-input.ts";
import type { ImportTally } from "./import-tally.ts";
import type { LogSource } from "./log-source.ts";
import { sendAccessLog } from "./send-access-log.ts";
import { sendExport } from "./send-export.ts";
import { type StreamOptions, throughStream } from "./through-stream.ts";

export interface ImportOptions extends StreamOptions {
  readonly source: LogSource;
  /** Waits for the first line. */
  readonly readInput: () => Promise<ImportInput>;
  /** Whether a last line without a newline is imported. */
  readonly complete: boolean;
  readonly keptQuery: ReadonlySet<string>;
  /** The progress of the import, also when it fails. */
  readonly tally: ImportTally;
}

/** Sends an access log or an export through the stream and waits until the consumers have finished its events. */
export async function importEvents(
  shards: readonly ShardConnection[],
  options: ImportOptions,
): Promise<StoreOutcome | "not-waited"> {
  const { shell, source, readInput, tally } = options;
  return await throughStream(shards, options, async (producer, sending) => {
    using progress = openProgress(shell, "Sending");
    const onProgress = (): void =>
      progress.update(count(tally.eventsAccepted, "event"), source.partRead());
    const input = await readInput();
    const common = { ...options, sending, onProgress };
    return input.kind === "log"
      ? await sendAccessLog(producer, { ...common, ...input })
      : await sendExport(producer, { ...common, ...input });
  });
}
