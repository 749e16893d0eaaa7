import { PART_EVENTS_MAX } from "../../store/packing/chunks.ts";

/** So many parts of about one size become one, so an event is rewritten a few times. */
const FANOUT = 8;

/**
 * Returns how many of a day's last parts to merge with `events` new ones. They are neighbours, so that the ranges of ids stay disjoint.
 */
export function partsToMerge(
  parts: readonly { readonly events: number }[],
  events: number,
): number {
  let merged = 0;
  let sum = events;
  for (;;) {
    const tier = tierOf(sum);
    let run = 0;
    let runSum = sum;
    for (const part of parts.slice(0, parts.length - merged).toReversed()) {
      if (tierOf(part.events) > tier || runSum + part.events > PART_EVENTS_MAX) break;
      run += 1;
      runSum += part.events;
    }
    if (run < FANOUT - 1) return merged;
    merged += run;
    sum = runSum;
  }
}

function tierOf(events: number): number {
  return Math.floor(Math.log2(Math.max(events, 1)) / Math.log2(FANOUT));
}

/** Divides the parts of a day that is over into groups of neighbours, each of which becomes one part. */
export function groupsToMerge<Part extends { readonly events: number }>(
  parts: readonly Part[],
): readonly (readonly Part[])[] {
  const groups: Part[][] = [];
  let sum = 0;
  for (const part of parts) {
    const group = groups.at(-1);
    if (group !== undefined && sum + part.events <= PART_EVENTS_MAX) group.push(part);
    else {
      groups.push([part]);
      sum = 0;
    }
    sum += part.events;
  }
  return groups.filter(({ length }) => length > 1);
}
