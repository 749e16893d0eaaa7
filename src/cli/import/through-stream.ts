import type { EngineConfig } from "../../config/config.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { ensureGroup } from "../../stream/create-group.ts";
import { EvictionGuard } from "../../stream/eviction-guard.ts";
import { standstillMs } from "../../stream/inspect/standstill.ts";
import { type StoreOutcome, waitUntilStored } from "../../stream/inspect/wait-until-stored.ts";
import { Producer } from "../../stream/producer.ts";
import type { RedisConnection } from "../../stream/redis/redis-connection.ts";
import { openProgress } from "../progress.ts";
import { type RetryOptions, retry } from "../retry.ts";
import type { Shell } from "../shell.ts";
import { count } from "../text.ts";
import { SEND_EVENTS_MAX } from "./outcome-sender.ts";

/** Long enough for a Redis that restarts or a stream that is trimmed. */
const SEND_GIVE_UP_MS = 60_000;

export interface StreamOptions {
  readonly config: EngineConfig;
  readonly log: Log;
  readonly shell: Shell;
  readonly signal: AbortSignal;
  readonly wait: boolean;
}

/** Sends events with a producer and resolves with the id of the last entry, or undefined if there was none. */
export type Send = (producer: Producer, sending: RetryOptions) => Promise<string | undefined>;

/** Sends events through the stream and waits until the consumers have finished them. */
export async function throughStream(
  redis: RedisConnection,
  options: StreamOptions,
  send: Send,
): Promise<StoreOutcome | "not-waited"> {
  const { config, log, shell, signal, wait } = options;
  const key = { stream: config.stream, group: config.group };
  const sending: RetryOptions = {
    signal,
    giveUpMs: SEND_GIVE_UP_MS,
    isRetryable: (error) => error instanceof QueueFlowError && error.retryable,
  };
  await retry(sending, async () => await ensureGroup(redis, key, log));
  const lastEntryId = await sendWithProducer(redis, { config, sending }, send);
  if (!wait || lastEntryId === undefined) return "not-waited";
  using progress = openProgress(shell, "Storing");
  const onBacklog = (entries: number): void => progress.update(`${count(entries, "event")} left`);
  const waiting = { signal, giveUpMs: standstillMs(config), onBacklog };
  return await waitUntilStored(redis, { key, lastEntryId }, waiting);
}

async function sendWithProducer(
  redis: RedisConnection,
  { config, sending }: { readonly config: EngineConfig; readonly sending: RetryOptions },
  send: Send,
): Promise<string | undefined> {
  const guard = new EvictionGuard(redis);
  await guard.check();
  const producer = new Producer(redis, {
    stream: config.stream,
    guard,
    // Leaves half of the stream free for events that arrive over HTTP.
    streamLengthMax: Math.ceil(config.streamLengthMax / 2),
    waitingEventsMax: SEND_EVENTS_MAX,
  });
  try {
    // Compares the clocks: with a slow clock here the newest events would be refused.
    await retry(sending, async () => await producer.checkAppend());
    return await send(producer, sending);
  } finally {
    guard.stop();
  }
}
