import { FAULTS } from "./faults/all.ts";
import { type FaultKind, REST_MS, TARGETS, type Target } from "./faults/fault-kind.ts";
import { Random } from "./random.ts";

/** A fault of a round: how long its target is left alone before it, and how long it lasts, in milliseconds. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly restMs: number;
  readonly forMs: number;
}

/** A round: for each target its faults, one after the other. Those of different targets overlap as they fall. */
export type Schedule = ReadonlyMap<Target, readonly PlannedFault[]>;

/** What faults may befall a round. */
export interface ScheduleOptions {
  readonly durationMs: number;
  /** Only faults whose names contain one of these; all, when there are none. */
  readonly faults: readonly string[];
}

/** A fault that lasts for more of a round than this part would leave no time for others. */
const LONGEST_PART = 0.6;

/** The schedule of a seed: the same seed and options give the same, on any machine. */
export function planSchedule(random: Random, options: ScheduleOptions): Schedule {
  return new Map(TARGETS.map((target) => [target, planTarget(target, random.fork(), options)]));
}

/** Whether there is a fault whose name contains this. */
export function isFaultName(part: string): boolean {
  return FAULTS.some(({ name }) => name.includes(part));
}

function planTarget(
  target: Target,
  random: Random,
  { durationMs, faults }: ScheduleOptions,
): readonly PlannedFault[] {
  const kinds = FAULTS.filter(
    (kind) =>
      kind.target === target &&
      kind.lastsMs.max <= durationMs * LONGEST_PART &&
      (faults.length === 0 || faults.some((part) => kind.name.includes(part))),
  );
  if (kinds.length === 0) return [];
  const rest = REST_MS[target];
  const planned: PlannedFault[] = [];
  for (let plannedMs = 0; ; ) {
    const kind = random.pick(kinds, ({ weight }) => weight);
    // The first comes sooner, so that a short round has some of each.
    const restMs = random.integer(planned.length === 0 ? 500 : rest.min, rest.max);
    plannedMs += restMs;
    if (plannedMs >= durationMs) return planned;
    const forMs = random.integer(kind.lastsMs.min, kind.lastsMs.max);
    plannedMs += forMs; // The last of them ends with the round.
    planned.push({ kind, restMs, forMs });
  }
}
