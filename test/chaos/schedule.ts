import { FAULTS, type FaultKind, REST_MS, TARGETS, type Target } from "./faults.ts";
import { Random } from "./random.ts";

/** A fault of a round: how long its target is left alone before it, and how long it lasts, in milliseconds. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly restMs: number;
  readonly forMs: number;
}

/** A round: for each target its faults, one after the other. Those of different targets overlap as they fall. */
export type Schedule = ReadonlyMap<Target, readonly PlannedFault[]>;

/** The schedule of a seed: the same seed and duration give the same, on any machine. */
export function planSchedule(random: Random, durationMs: number): Schedule {
  return new Map(TARGETS.map((target) => [target, planTarget(target, random.fork(), durationMs)]));
}

function planTarget(target: Target, random: Random, durationMs: number): readonly PlannedFault[] {
  const kinds = FAULTS.filter((kind) => kind.target === target);
  const rest = REST_MS[target];
  const planned: PlannedFault[] = [];
  for (let plannedMs = 0; ; ) {
    const kind = random.pick(kinds, ({ weight }) => weight);
    // The first comes sooner, so that a short round has some of each.
    const restMs = random.integer(planned.length === 0 ? 500 : rest.min, rest.max);
    const forMs = random.integer(kind.lastsMs.min, kind.lastsMs.max);
    plannedMs += restMs + forMs;
    if (plannedMs > durationMs) return planned;
    planned.push({ kind, restMs, forMs });
  }
}
