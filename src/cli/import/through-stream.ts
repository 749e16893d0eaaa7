import type { EngineConfig } from "../../config/config.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { ensureGroup } from "../../stream/create-group.ts";
import { standstillMs } from "../../stream/inspect/standstill.ts";
import type { StoreOutcome } from "../../stream/inspect/wait-until-stored.ts";
import type { EventProducer } from "../../stream/producer.ts";
import { announceShards } from "../../stream/shards/announced-shards.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { waitUntilAllStored } from "../../stream/shards/wait-until-all-stored.ts";
import { openProgress } from "../progress.ts";
import { type RetryOptions, retry } from "../retry.ts";
import type { Shell } from "../shell.ts";
import { count } from "../text.ts";
import { openProducer } from "./open-producer.ts";

/** Long enough for a Redis that restarts or a stream that is trimmed. */
const SEND_GIVE_UP_MS = 60_000;

export interface StreamOptions {
  readonly config: EngineConfig;
  readonly log: Log;
  readonly shell: Shell;
  readonly signal: AbortSignal;
  readonly wait: boolean;
}

/** Sends events with a producer. */
export type Send = (producer: EventProducer, sending: RetryOptions) => Promise<unknown>;

/** Sends events through the stream and waits until the consumers have finished them. */
export async function throughStream(
  shards: readonly ShardConnection[],
  options: StreamOptions,
  send: Send,
): Promise<StoreOutcome | "not-waited"> {
  const { config, log, shell, signal, wait } = options;
  const sending: RetryOptions = {
    signal,
    giveUpMs: SEND_GIVE_UP_MS,
    isRetryable: (error) => error instanceof QueueFlowError && error.retryable,
  };
  await retry(sending, async () => await prepareShards(shards, { config, log }));
  const newest = await sendWithProducer(shards, { config, sending }, send);
  if (!wait || newest.size === 0) return "not-waited";
  using progress = openProgress(shell, "Storing");
  const onBacklog = (entries: number): void => progress.update(`${count(entries, "event")} left`);
  const waiting = { signal, giveUpMs: standstillMs(config), onBacklog };
  return await waitUntilAllStored(shards, newest, waiting);
}

/** Of several shards, some may be away: their events go to others. */
async function prepareShards(
  shards: readonly ShardConnection[],
  { config, log }: Pick<StreamOptions, "config" | "log">,
): Promise<void> {
  const prepared = await Promise.allSettled(
    shards.map(async ({ redis, key }) => await ensureGroup(redis, key, log)),
  );
  const failures = prepared.filter((outcome) => outcome.status === "rejected");
  const [failure] = failures;
  if (failure !== undefined && failures.length === shards.length) throw failure.reason;
  const [first] = shards;
  if (first === undefined) return;
  await announceShards(first.redis, config).catch((error: unknown) => {
    log.warn({ error: errorText(error) }, "Shards not announced; left to the engines");
  });
}

async function sendWithProducer(
  shards: readonly ShardConnection[],
  { config, sending }: { readonly config: EngineConfig; readonly sending: RetryOptions },
  send: Send,
): Promise<ReadonlyMap<string, string>> {
  await using opened = await openProducer(shards, config);
  const { producer } = opened;
  // Compares the clocks: with a slow clock here the newest events would be refused.
  await retry(sending, async () => await producer.checkAppend());
  await send(producer, sending);
  return producer.newest;
}
