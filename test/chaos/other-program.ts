import { expect } from "bun:test";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { sampleEvent } from "../support/sample-event.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

const ENTRIES = 50;

/**
 * Appends events as another program, with tags that begin with `name`: they are to be stored like those
 * that were answered 202, also when there is no group yet.
 */
export async function appendAsOtherProgram(
  { redis, key }: World,
  { ledger, name }: { ledger: Ledger; name: string },
): Promise<void> {
  for (let number = 1; number <= ENTRIES; number += 1) {
    const event = sampleEvent({ eventType: `${name}-${number}`, siteId: "hot.example" });
    await redis.call("XADD", key.stream, "*", ...encodeEntry(event));
    const sent = ledger.add({
      site_id: event.siteId,
      event_type: event.eventType,
      path: event.path,
      user_id: event.userId,
      timestamp: event.timestamp,
      event_id: event.eventId,
    });
    sent.acceptedIds.add(event.eventId);
  }
}

/** Reads what nobody was delivered yet, as a consumer of the group that then is never seen again. */
export async function readAndLeave({ redis, key }: World): Promise<void> {
  // The last fault may have destroyed it, and no engine runs that would make it again.
  const made = redis.xgroup("CREATE", key.stream, key.group, "0");
  await made.catch((error: Error) => expect(error.message).toStartWith("BUSYGROUP"));
  await redis.xreadgroup("GROUP", key.group, "gone", "STREAMS", key.stream, ">");
}
