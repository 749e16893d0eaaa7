import { expect } from "bun:test";
import { DAY_MS } from "../../src/event/day.ts";
import { eventually } from "./eventually.ts";

/** What a test may take between its first event and the last question about that day. */
const LEFT_MS_MIN = 60_000;

/** Waits for the next UTC day at the end of one, so that what a test sends now and asks for later is of the same day. */
export async function untilDayIsLong(): Promise<void> {
  await eventually(
    () => expect(DAY_MS - (Date.now() % DAY_MS)).toBeGreaterThan(LEFT_MS_MIN),
    2 * LEFT_MS_MIN,
  );
}
