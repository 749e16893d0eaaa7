import { FAULTS } from "./faults/all.ts";
import { type FaultKind, REST_MS, TARGETS, type Target } from "./faults/fault-kind.ts";
import { Random } from "./random.ts";

/** A fault of a round. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** Time without a fault before it. */
  readonly restMs: number;
  /** Its duration. */
  readonly forMs: number;
}

/** The faults of each target in sequence. Those of different targets may overlap. */
export type Schedule = ReadonlyMap<Target, readonly PlannedFault[]>;

export interface ScheduleOptions {
  readonly durationMs: number;
  /** Parts of fault names; empty for all faults. */
  readonly faults: readonly string[];
}

/** Leaves out faults that last longer than this share of a round. */
const LONGEST_PART = 0.6;

/** Returns the same schedule for the same seed and options, on any machine. */
export function planSchedule(random: Random, options: ScheduleOptions): Schedule {
  return new Map(TARGETS.map((target) => [target, planTarget(target, random.fork(), options)]));
}

/** Returns whether a fault name contains this part. */
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
    // The first rest is shorter, so that a short round has faults of each target.
    const restMs = random.integer(planned.length === 0 ? 500 : rest.min, rest.max);
    plannedMs += restMs;
    if (plannedMs >= durationMs) return planned;
    const forMs = random.integer(kind.lastsMs.min, kind.lastsMs.max);
    plannedMs += forMs; // The last one ends with the round.
    planned.push({ kind, restMs, forMs });
  }
}
