import { encodeEntry } from "../../src/event/entry-codec.ts";
import { sampleEvent } from "../support/sample-event.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

const ENTRIES = 50;

/**
 * Appends events as another program, before any engine has made the group: they are to be stored like
 * those that were answered 202.
 */
export async function appendAsOtherProgram({ redis, key }: World, ledger: Ledger): Promise<void> {
  for (let number = 1; number <= ENTRIES; number += 1) {
    const event = sampleEvent({ eventType: `before-${number}`, siteId: "hot.example" });
    const flatFields: string[] = [];
    encodeEntry(event, flatFields);
    await redis.call("XADD", key.stream, "*", ...flatFields);
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
