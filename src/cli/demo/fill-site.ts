import { define, GOALS } from "../../administer/definitions.ts";
import type { AnalyticsEvent } from "../../event/event.ts";
import type { Database } from "../../store/database.ts";
import type { StoreOutcome } from "../../stream/inspect/wait-until-stored.ts";
import type { EventProducer } from "../../stream/producer.ts";
import type { ShardConnection } from "../../stream/shards/shard-connections.ts";
import { SEND_EVENTS_MAX } from "../import/outcome-sender.ts";
import { sendEvents } from "../import/send-events.ts";
import { type StreamOptions, throughStream } from "../import/through-stream.ts";
import { openProgress } from "../progress.ts";
import type { RetryOptions } from "../retry.ts";
import { count } from "../text.ts";
import { DEMO_GOALS } from "./demo-goals.ts";
import { type DemoStory, demoEvents } from "./story/demo-events.ts";

/** How far the work got, also when it is interrupted. */
export interface FilledSite {
  events: number;
  goals: number;
}

export interface FillOptions {
  readonly database: Database;
  readonly shards: readonly ShardConnection[];
  readonly story: DemoStory;
  readonly stream: StreamOptions;
}

/** Defines the goals of the demo, sends its events and waits until they are stored. */
export async function fillSite(
  { database, shards, story, stream }: FillOptions,
  filled: FilledSite,
): Promise<StoreOutcome | "not-waited"> {
  for (const goal of DEMO_GOALS) {
    await define({ database, kind: GOALS, siteId: story.siteId }, goal);
    filled.goals += 1;
  }
  return await throughStream(shards, stream, async (producer, sending) => {
    using progress = openProgress(stream.shell, "Sending");
    const onAccepted = (events: readonly AnalyticsEvent[]): void => {
      filled.events += events.length;
      progress.update(count(filled.events, "event"));
    };
    return await sendStory(producer, story, { sending, onAccepted });
  });
}

async function sendStory(
  producer: Pick<EventProducer, "append">,
  story: DemoStory,
  options: {
    readonly sending: RetryOptions;
    readonly onAccepted: (events: readonly AnalyticsEvent[]) => void;
  },
): Promise<string | undefined> {
  let lastEntryId: string | undefined;
  for (const day of demoEvents(story)) {
    for (let at = 0; at < day.length; at += SEND_EVENTS_MAX) {
      lastEntryId = await sendEvents(producer, day.slice(at, at + SEND_EVENTS_MAX), options);
    }
  }
  return lastEntryId;
}
