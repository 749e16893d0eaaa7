import { expect } from "bun:test";
import { encodeEntry } from "../../src/event/entry-codec.ts";
import { sampleEvent } from "../support/sample-event.ts";
import type { World } from "./world.ts";

const ENTRIES = 50;
const CLAIMED_ENTRIES = 10;
const CLAIMED_DELIVERIES = 5;
/** A consumer that reads or claims once and never comes back. */
const GONE = "gone";

/** Each makes a valid entry one that cannot be stored. */
const DEFECTS: readonly Readonly<Record<string, string | Buffer>>[] = [
  { event_id: "7" },
  { timestamp: "infinity" },
  { timestamp: "2999-01-01T00:00:00Z" },
  { site_id: "" },
  { user_id: "a\0b" },
  { user_id: Buffer.from([0x61, 0xff, 0xfe]) },
  { path: "p".repeat(5_000) },
];

/**
 * Appends events as another program, with tags that begin with `name`. They must be stored like accepted ones, even if there
 * is no group yet. `bad` adds an entry with each defect. `aheadMs` is the minimum distance of the ids from now.
 */
export async function appendAsOtherProgram(
  { redis, key, ledger }: World,
  { name, bad = false, aheadMs = 0 }: { name: string; bad?: boolean; aheadMs?: number },
): Promise<void> {
  for (let number = 1; number <= ENTRIES; number += 1) {
    const event = sampleEvent({ eventType: `${name}-${number}`, siteId: "hot.example" });
    const sent = ledger.add({
      site_id: event.siteId,
      event_type: event.eventType,
      path: event.path,
      user_id: event.userId,
      timestamp: event.timestamp,
      event_id: event.eventId,
    });
    sent.attempts += 1;
    const id = aheadMs > 0 ? await nextId(redis, key.stream, aheadMs) : "*";
    await redis.call("XADD", key.stream, id, ...encodeEntry(event));
    sent.acceptedIds.add(event.eventId);
    const defect = bad ? DEFECTS[number - 1] : undefined;
    if (defect === undefined) continue;
    const entry = ledger.addBad(`${name}-bad-${number}`);
    const defectFields = Object.entries(defect).flat(); // The last of two fields with the same name counts.
    await redis.call(
      "XADD",
      key.stream,
      "*",
      ...encodeEntry(event),
      "event_type",
      entry.marker,
      ...defectFields,
      "marker",
      entry.marker,
    );
    entry.isAppended = true;
  }
}

/** Reads all undelivered entries as a consumer that never comes back. */
export async function readAndLeave({ redis, key }: World): Promise<void> {
  // The last fault may have destroyed the group, and no engine runs to create it.
  const created = redis.xgroup("CREATE", key.stream, key.group, "0");
  await created.catch((error: Error) => expect(error.message).toStartWith("BUSYGROUP"));
  await redis.xreadgroup("GROUP", key.group, GONE, "STREAMS", key.stream, ">");
}

/** Claims pending entries from their consumers, with a high delivery count. */
export async function claimAndLeave({ redis, key }: World): Promise<void> {
  const { stream, group } = key;
  const pending = await redis.xpending(stream, group, "-", "+", CLAIMED_ENTRIES);
  const ids = (pending as [string][]).map(([id]) => id);
  if (ids.length === 0) return;
  await redis.xclaim(stream, group, GONE, 0, ...ids, "RETRYCOUNT", CLAIMED_DELIVERIES, "JUSTID");
}

/** Returns an id in the future, above all existing ones. */
async function nextId(redis: World["redis"], stream: string, aheadMs: number): Promise<string> {
  const [last] = await redis.xrevrange(stream, "+", "-", "COUNT", 1);
  const lastMs = Number(last?.[0].split("-")[0] ?? 0);
  return `${Math.max(Date.now() + aheadMs, lastMs + 1_000)}-0`;
}
