import type { Pieces } from "../../../async/pieces.ts";
import { DAY_MS, utcDate } from "../../../event/day.ts";
import type { Interval, TimeBuckets, TimeRange, TimeUnit } from "../report-query.ts";
import { type Clock, type LocalRange, localDate } from "./local-range.ts";
import { type OffsetPiece, offsetPieces } from "./offset-pieces.ts";
import { Series } from "./series.ts";
import { isOfDates, labeller, TIME_STEPS } from "./time-unit.ts";

export const BUCKETS_MAX = 50_000;
/** Takes some tenths of a millisecond. */
const PIECE_BUCKETS = 1_000;
/** Longer than a month in which clocks go back. */
const DATES_MS_MAX = 32 * DAY_MS;

/** Returns about how many buckets a range has up to now. */
export function bucketCount(unit: TimeUnit, range: Interval, nowMs: number): number {
  return Math.ceil((Math.min(range.toMs, nowMs) - range.fromMs) / TIME_STEPS[unit].lengthMs);
}

/** Returns the buckets of a range. The last is the one that contains now. */
export function* timeBuckets(
  unit: TimeUnit,
  range: LocalRange,
  clock: Pick<Clock, "timeZone" | "nowMs">,
): Pieces<TimeBuckets> {
  const isDates = isOfDates(unit);
  const series = isDates ? new Series(dateLabels(unit, range, clock)) : new Series([], clock.nowMs);
  const endMs = clock.nowMs + (isDates ? DATES_MS_MAX : TIME_STEPS[unit].lengthMs);
  for (const { fromMs, toMs } of withoutGaps(range)) {
    const visible = { fromMs, toMs: Math.min(toMs, endMs) };
    for (const piece of offsetPieces(clock.timeZone, visible))
      yield* addBuckets(unit, piece, series);
    series.skipFrom(visible.toMs);
  }
  return series;
}

function* addBuckets(
  unit: TimeUnit,
  { fromMs, toMs, offsetMs }: OffsetPiece,
  series: Series,
): Pieces<void> {
  const { startOf, nextStart } = TIME_STEPS[unit];
  const labelOf = labeller(unit, offsetMs);
  let localMs = startOf(fromMs + offsetMs);
  for (let added = 1; localMs - offsetMs < toMs; added += 1) {
    series.add(Math.max(localMs - offsetMs, fromMs), labelOf(localMs));
    localMs = nextStart(localMs);
    if (added % PIECE_BUCKETS === 0) yield;
  }
}

/** All until today, also where the zone skipped a date. */
function dateLabels(
  unit: TimeUnit,
  { firstDate, lastDate }: LocalRange,
  { timeZone, nowMs }: Pick<Clock, "timeZone" | "nowMs">,
): string[] {
  const { startOf, nextStart } = TIME_STEPS[unit];
  const today = localDate(nowMs, timeZone);
  const endMs = Date.parse(today < lastDate ? today : lastDate);
  const labels: string[] = [];
  for (let ms = startOf(Date.parse(firstDate)); ms <= endMs; ms = nextStart(ms)) {
    labels.push(utcDate(ms));
  }
  return labels;
}

function withoutGaps({ fromMs, toMs, gaps }: TimeRange): Interval[] {
  const starts = [fromMs, ...gaps.map((gap) => gap.toMs)];
  const ends = [...gaps.map((gap) => gap.fromMs), toMs];
  return starts.map((startMs, i) => ({ fromMs: startMs, toMs: ends[i] ?? startMs }));
}
