import type { EngineConfig } from "../../config/config.ts";
import type { LogReaderOptions } from "../../importers/log-reader.ts";
import type { Log } from "../../log/log.ts";
import { ensureGroup, type GroupKey } from "../../stream/consumer-group.ts";
import { EvictionGuard } from "../../stream/eviction-guard.ts";
import { Producer } from "../../stream/producer.ts";
import { EventConnection } from "../../stream/redis/event-connection.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { count } from "../plain-text.ts";
import type { ImportTally } from "./import-tally.ts";
import type { LogSource } from "./log-source.ts";
import { type Patience, untilDone } from "./patience.ts";
import { openProgress } from "./progress.ts";
import { SEND_EVENTS_MAX, sendAccessLog } from "./send-access-log.ts";
import { type StoreOutcome, waitUntilStored } from "./wait-until-stored.ts";

/** How long to wait for a connection to send by before the first attempt. */
const READY_MS_MAX = 2_000;
/** How long nothing may get through before an import gives up. */
const SEND_PATIENCE_MS = 60_000;
/** How long the consumers may stand still before nobody waits for them any more. */
const STORE_PATIENCE_MS = 30_000;

/** What to import, for whom, and what stops it. */
export interface ImportOptions extends LogReaderOptions {
  readonly config: EngineConfig;
  readonly log: Log;
  readonly source: LogSource;
  /** Whether the last line counts without a newline. */
  readonly complete: boolean;
  /** Kept up to date throughout, so that it tells how far a failed import got. */
  readonly tally: ImportTally;
  readonly signal: AbortSignal;
  /** Whether to wait for the consumers too. */
  readonly wait: boolean;
}

/** Sends an access log through the stream, and waits until the consumers have finished with it. */
export async function importAccessLog(
  redis: RedisConnection,
  options: ImportOptions,
): Promise<StoreOutcome | "not-waited"> {
  const { config, log, signal, wait } = options;
  const key = { stream: config.stream, group: config.group };
  const patience = { patienceMs: SEND_PATIENCE_MS, signal };
  await untilDone(patience, async () => {
    try {
      await ensureGroup(redis, key, log);
      return { kind: "done" };
    } catch (error) {
      return { kind: "failed", error };
    }
  });
  const lastEntryId = await send(redis, options, patience);
  if (!wait || lastEntryId === undefined) return "not-waited";
  return await store(redis, { key, lastEntryId, signal });
}

async function send(
  redis: RedisConnection,
  options: ImportOptions,
  patience: Patience,
): Promise<string | undefined> {
  const { config, source, tally } = options;
  const appends = new EventConnection(redis);
  await appends.untilReady(READY_MS_MAX);
  const guard = new EvictionGuard(redis);
  await guard.check();
  const producer = new Producer(appends, {
    stream: config.stream,
    guard,
    // Half of the stream stays free for events that come meanwhile over HTTP.
    streamLengthMax: Math.ceil(config.streamLengthMax / 2),
    waitingEventsMax: SEND_EVENTS_MAX,
  });
  // A clock that is behind would refuse the newest lines.
  await untilDone(patience, async () => {
    try {
      await producer.checkAppend();
      return { kind: "done" };
    } catch (error) {
      return { kind: "failed", error };
    }
  });
  const progress = openProgress({ title: "Sending", total: source.bytesTotal });
  const onProgress = (): void =>
    progress.update(source.bytesRead(), count(tally.eventsAccepted, "event"));
  try {
    const { chunks } = source;
    return await sendAccessLog(producer, { ...options, chunks, patience, onProgress });
  } finally {
    guard.stop();
    progress.stop();
  }
}

async function store(
  redis: RedisConnection,
  {
    key,
    lastEntryId,
    signal,
  }: { readonly key: GroupKey; readonly lastEntryId: string; readonly signal: AbortSignal },
): Promise<StoreOutcome> {
  const progress = openProgress({ title: "Storing", total: undefined });
  const onBacklog = (entries: number): void =>
    progress.update(0, `${count(entries, "event")} left`);
  try {
    const options = { patienceMs: STORE_PATIENCE_MS, signal, onBacklog };
    return await waitUntilStored(redis, { key, lastEntryId }, options);
  } finally {
    progress.stop();
  }
}
