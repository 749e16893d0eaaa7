import type { ReceivedEvent } from "../../src/event/event.ts";
import { Random } from "../../test/chaos/random.ts";
import { clientEvents } from "./event-bodies.ts";

const SEED = 7;

export type Users =
  /** As in real traffic: few are frequent. */
  | "skewed"
  /** Every event has a new user, the most expensive case for exact unique users. */
  | "new";

/** Returns accepted events, the same in every run except for the day. */
export function storedEvents(count: number, users: Users): readonly ReceivedEvent[] {
  const random = new Random(SEED);
  const events: ReceivedEvent[] = [];
  for (const event of clientEvents(count)) {
    events.push({
      eventId: uuidOf(random, events.length),
      siteId: event.site_id,
      eventType: event.event_type,
      path: event.path,
      userId: users === "new" ? `user-${events.length}` : event.user_id,
      timestamp: event.timestamp,
      receivedAt: event.timestamp,
    });
  }
  return events;
}

/** Returns a UUIDv7 like the engine's: ascending first, random last. */
function uuidOf(random: Random, number: number): string {
  const time = hex(0x0199_0000_0000 + Math.floor(number / 50), 12);
  const bits = () => random.integer(0, 0xffff);
  const version = hex(0x7000 | (bits() & 0xfff), 4);
  const variant = hex(0x8000 | (bits() & 0x3fff), 4);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${hex(bits(), 4)}${hex(bits(), 4)}${hex(bits(), 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
