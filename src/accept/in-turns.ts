import { setImmediate as nextTurn } from "node:timers/promises";
import { TURN_MS_MAX } from "../protocols/batch.ts";

const ITEMS_IN_PART = 64;

/**
 * Returns what `judge` returns for all items, which it gets in parts. Other requests run in between: a site may have rules that take
 * 0.1 ms for an event.
 */
export async function inTurns<Item>(
  items: readonly Item[],
  judge: (part: readonly Item[]) => readonly Item[],
): Promise<readonly Item[]> {
  const judged: Item[] = [];
  let turnEndsAtMs = performance.now() + TURN_MS_MAX;
  for (let at = 0; at < items.length; at += ITEMS_IN_PART) {
    judged.push(...judge(items.slice(at, at + ITEMS_IN_PART)));
    if (performance.now() < turnEndsAtMs) continue;
    await nextTurn();
    turnEndsAtMs = performance.now() + TURN_MS_MAX;
  }
  return judged;
}
