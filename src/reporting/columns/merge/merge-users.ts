import type { Pieces } from "../../../async/pieces.ts";
import type { DayEvents } from "../day-events.ts";
import { compareTexts } from "../sort-texts.ts";
import { gather } from "./interleaving.ts";
import { type MergedPlaces, mergeSorted } from "./merge-sorted.ts";
import { joinTexts } from "./merge-texts.ts";

type DayUsers = Pick<DayEvents, "users" | "userIndex" | "userTexts">;

/** Merges the users of two parts, if they were read. Equal hashes are one user, unless both parts have texts and those differ. */
export function* mergeUsers(
  order: Uint32Array,
  first: DayUsers,
  second: DayUsers,
): Pieces<DayUsers> {
  if (first.users.length === 0 && second.users.length === 0) {
    return { users: first.users, userIndex: first.userIndex };
  }
  const places = yield* mergeSorted(first.users.length / 2, second.users.length / 2, (i, j) =>
    compareUsers(first, i, second, j),
  );
  const users = hashesOf(places, first, second);
  yield;
  const ofFirst = renumbered(first.userIndex, places.ofFirst);
  yield;
  const ofSecond = renumbered(second.userIndex, places.ofSecond);
  yield;
  const userIndex = yield* gather(order, ofFirst, ofSecond);
  if (first.userTexts === undefined || second.userTexts === undefined) return { users, userIndex };
  return { users, userIndex, userTexts: joinTexts(first.userTexts, second.userTexts, places) };
}

/** Returns the hashes of merged users. */
function hashesOf(places: MergedPlaces, first: DayUsers, second: DayUsers): Uint32Array {
  const users = new Uint32Array(2 * places.first.length);
  for (let i = 0; i < places.first.length; i += 1) {
    const place = places.first[i] ?? -1;
    const from = place >= 0 ? first.users : second.users;
    const at = 2 * (place >= 0 ? place : (places.second[i] ?? 0));
    users[2 * i] = from[at] ?? 0;
    users[2 * i + 1] = from[at + 1] ?? 0;
  }
  return users;
}

function compareUsers(...[a, i, b, j]: [a: DayUsers, i: number, b: DayUsers, j: number]): number {
  const high = (a.users[2 * i] ?? 0) - (b.users[2 * j] ?? 0);
  if (high !== 0) return high;
  const low = (a.users[2 * i + 1] ?? 0) - (b.users[2 * j + 1] ?? 0);
  if (low !== 0) return low;
  return a.userTexts && b.userTexts ? compareTexts(a.userTexts, i, b.userTexts, j) : 0;
}

function renumbered(userIndex: Uint32Array, numbers: Uint32Array): Uint32Array {
  const index = new Uint32Array(userIndex.length);
  for (let i = 0; i < index.length; i += 1) index[i] = numbers[userIndex[i] ?? 0] ?? 0;
  return index;
}
