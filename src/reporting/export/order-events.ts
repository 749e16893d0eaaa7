import type { DayEventIds } from "../../store/reports/day-event-ids.ts";
import type { DayEvents, Texts } from "../columns/day-events.ts";

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Returns the places of a day's events in the order of time and then id. A snapshot has the events of each user in that order, but not
 * those of several users at one instant.
 */
export function orderEvents(
  { count, times, userIndex, userTexts }: DayEvents,
  { tiedUsers }: Pick<DayEventIds, "tiedUsers">,
): Uint32Array {
  const order = new Uint32Array(count);
  for (let place = 0; place < count; place += 1) order[place] = place;
  if (tiedUsers.length === 0) return order;
  const users = DECODER.decode(tiedUsers).split("\0");
  let read = 0;
  for (let from = 0; from < count; ) {
    let to = from + 1;
    let isTied = false;
    for (; to < count && times[to] === times[from]; to += 1) {
      if (userIndex[to] !== userIndex[from]) isTied = true;
    }
    if (isTied && userTexts !== undefined) {
      const places = placesByUser(userTexts, userIndex, { from, to });
      for (let at = from; at < to; at += 1, read += 1) {
        order[at] = places.get(users[read] ?? "")?.shift() ?? at;
      }
    }
    from = to;
  }
  return order;
}

function placesByUser(
  { bytes, ends }: Texts,
  userIndex: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let at = from; at < to; at += 1) {
    const user = userIndex[at] ?? 0;
    const start = user === 0 ? 0 : (ends[user - 1] ?? 0);
    const text = DECODER.decode(bytes.subarray(start, ends[user]));
    const ofUser = places.get(text);
    if (ofUser === undefined) places.set(text, [at]);
    else ofUser.push(at);
  }
  return places;
}
