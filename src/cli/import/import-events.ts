import type { EngineConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { ensureGroup } from "../../stream/create-group.ts";
import { EvictionGuard } from "../../stream/eviction-guard.ts";
import { type StoreOutcome, waitUntilStored } from "../../stream/inspect/wait-until-stored.ts";
import { Producer } from "../../stream/producer.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { openProgress } from "../progress.ts";
import { type RetryOptions, retry } from "../retry.ts";
import type { Shell } from "../shell.ts";
import { count } from "../text.ts";
import type { ImportInput } from "./import-input.ts";
import type { ImportTally } from "./import-tally.ts";
import type { LogSource } from "./log-source.ts";
import { SEND_EVENTS_MAX } from "./outcome-sender.ts";
import { sendAccessLog } from "./send-access-log.ts";
import { sendExport } from "./send-export.ts";

/** Long enough for a Redis that restarts or a stream that is trimmed. */
const SEND_GIVE_UP_MS = 60_000;
/** Consumers that finish nothing for this long are not running. */
const STORE_GIVE_UP_MS = 30_000;

export interface ImportOptions {
  readonly config: EngineConfig;
  readonly log: Log;
  readonly shell: Shell;
  readonly source: LogSource;
  /** Waits for the first line. */
  readonly readInput: () => Promise<ImportInput>;
  /** Whether a last line without a newline is imported. */
  readonly complete: boolean;
  readonly keptQuery: ReadonlySet<string>;
  /** The progress of the import, also when it fails. */
  readonly tally: ImportTally;
  readonly signal: AbortSignal;
  readonly wait: boolean;
}

/** Sends an access log or an export through the stream and waits until the consumers have finished its events. */
export async function importEvents(
  redis: RedisConnection,
  options: ImportOptions,
): Promise<StoreOutcome | "not-waited"> {
  const { config, log, shell, signal, wait } = options;
  const key = { stream: config.stream, group: config.group };
  const sending: RetryOptions = {
    signal,
    giveUpMs: SEND_GIVE_UP_MS,
    isRetryable: (error) => error instanceof QueueFlowError && error.retryable,
  };
  await retry(sending, async () => await ensureGroup(redis, key, log));
  const lastEntryId = await send(redis, options, sending);
  if (!wait || lastEntryId === undefined) return "not-waited";
  using progress = openProgress(shell, "Storing");
  const onBacklog = (entries: number): void => progress.update(`${count(entries, "event")} left`);
  const waiting = { signal, giveUpMs: STORE_GIVE_UP_MS, onBacklog };
  return await waitUntilStored(redis, { key, lastEntryId }, waiting);
}

async function send(
  redis: RedisConnection,
  options: ImportOptions,
  sending: RetryOptions,
): Promise<string | undefined> {
  const { config, shell, source, readInput, tally } = options;
  const guard = new EvictionGuard(redis);
  await guard.check();
  const producer = new Producer(redis, {
    stream: config.stream,
    guard,
    // Leaves half of the stream free for events that arrive over HTTP.
    streamLengthMax: Math.ceil(config.streamLengthMax / 2),
    waitingEventsMax: SEND_EVENTS_MAX,
  });
  // Compares the clocks: with a slow clock here the newest lines would be refused.
  await retry(sending, async () => await producer.checkAppend());
  using progress = openProgress(shell, "Sending");
  const onProgress = (): void =>
    progress.update(count(tally.eventsAccepted, "event"), source.partRead());
  try {
    const input = await readInput();
    const common = { ...options, sending, onProgress };
    return input.kind === "log"
      ? await sendAccessLog(producer, { ...common, ...input })
      : await sendExport(producer, { ...common, ...input });
  } finally {
    guard.stop();
  }
}
