import { TEXT_COLUMNS, type TextColumnName } from "../../event/text-columns.ts";
import type { DayEvents, TextColumn, Texts } from "./day-events.ts";

/** Returns the events from one place to another, the second exclusive, with the users and texts that they have. */
export function sliceDayEvents(day: DayEvents, from: number, to: number): DayEvents {
  const { times, userTexts, engagedMs } = day;
  const { used, index } = renumbered(day.userIndex.subarray(from, to), day.users.length / 2);
  return {
    count: to - from,
    times: times.subarray(from, to),
    users: usersAt(day.users, used),
    userIndex: index,
    texts: textsOf(day.texts, from, to),
    ...(userTexts && { userTexts: textsAt(userTexts, used) }),
    ...(engagedMs && { engagedMs: engagedMs.subarray(from, to) }),
  };
}

function textsOf(columns: DayEvents["texts"], from: number, to: number): DayEvents["texts"] {
  const texts: Partial<Record<TextColumnName, TextColumn>> = {};
  for (const [name, column] of entriesOf(columns)) {
    // Place 0 stands for none, and keeps its number.
    const values = column.index.subarray(from, to);
    const { used, index } = renumbered(values, column.ends.length + 1, 0);
    const places = used.subarray(1).map((place) => place - 1);
    if (places.length > 0) texts[name] = { ...textsAt(column, places), index };
  }
  return texts;
}

function entriesOf(columns: DayEvents["texts"]): [TextColumnName, TextColumn][] {
  return TEXT_COLUMNS.flatMap((name) => {
    const column = columns[name];
    return column === undefined ? [] : [[name, column]];
  });
}

/** Numbers the places that occur, and `kept`, in their order. */
function renumbered(
  index: Uint32Array,
  ...[places, kept]: [places: number, kept?: number]
): { readonly used: Uint32Array; readonly index: Uint32Array } {
  const isUsed = new Uint8Array(places);
  if (kept !== undefined) isUsed[kept] = 1;
  for (let i = 0; i < index.length; i += 1) isUsed[index[i] ?? 0] = 1;
  const numbers = new Uint32Array(places);
  const used = new Uint32Array(places);
  let count = 0;
  for (let place = 0; place < places; place += 1) {
    if (isUsed[place] === 0) continue;
    numbers[place] = count;
    used[count] = place;
    count += 1;
  }
  const renamed = new Uint32Array(index.length);
  for (let i = 0; i < index.length; i += 1) renamed[i] = numbers[index[i] ?? 0] ?? 0;
  return { used: used.subarray(0, count), index: renamed };
}

function usersAt(users: Uint32Array, places: Uint32Array): Uint32Array {
  const chosen = new Uint32Array(2 * places.length);
  for (let i = 0; i < places.length; i += 1) {
    const at = 2 * (places[i] ?? 0);
    chosen[2 * i] = users[at] ?? 0;
    chosen[2 * i + 1] = users[at + 1] ?? 0;
  }
  return chosen;
}

function textsAt({ bytes, ends }: Texts, places: Uint32Array): Texts {
  const chosen = Array.from(places, (place) =>
    bytes.subarray(place === 0 ? 0 : ends[place - 1], ends[place]),
  );
  let end = 0;
  return {
    bytes: new Uint8Array(Buffer.concat(chosen)),
    ends: Uint32Array.from(chosen, ({ length }) => (end += length)),
  };
}
