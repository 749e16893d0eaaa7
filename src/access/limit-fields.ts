import { describeValue } from "../event/describe-value.ts";
import { isObject } from "../event/is-object.ts";
import type { Limits } from "./access-document.ts";

const LIMIT_MAX = 1_000_000_000;

interface LimitField {
  readonly name: keyof Limits;
  readonly min: number;
  readonly max: number;
  readonly description: string;
}

export const LIMIT_FIELDS: readonly LimitField[] = [
  {
    name: "events_per_second",
    min: 1,
    max: LIMIT_MAX,
    description: "most events a second",
  },
  {
    name: "requests_per_second",
    min: 1,
    max: LIMIT_MAX,
    description: "most requests a second",
  },
  {
    name: "burst_seconds",
    min: 1,
    max: 3_600,
    description: "how many seconds' worth may come at once",
  },
  {
    name: "events_per_day",
    min: 0,
    max: 1_000_000_000_000,
    description: "most events a UTC day",
  },
];

/** Null removes a limit. */
export type LimitChanges = { readonly [Name in keyof Limits]: Limits[Name] | null };

/** Adds a problem to `problems` for each invalid limit. */
export function parseLimits(value: unknown, problems: Record<string, string>): LimitChanges {
  if (!isObject(value)) {
    problems["limits"] = `Expected limits to be an object, got ${describeValue(value)}`;
    return {};
  }
  const limits: Record<string, number | null> = {};
  for (const [name, limit] of Object.entries(value)) {
    const field = LIMIT_FIELDS.find((each) => each.name === name);
    if (field === undefined) {
      const names = LIMIT_FIELDS.map((each) => each.name).join(", ");
      problems["limits"] = `Expected limits to have ${names}, got ${describeValue(name)}`;
    } else if (limit === null || isLimit(limit, field)) limits[name] = limit;
    else {
      problems[name] =
        `Expected ${name} to be an integer from ${field.min} to ${field.max}, or null for none, got ${describeValue(limit)}`;
    }
  }
  return limits;
}

/** Returns the limits that apply after `changes`. */
export function withLimits(limits: Limits, changes: LimitChanges): Limits {
  const all = Object.entries({ ...limits, ...changes });
  return Object.fromEntries(all.filter(([, limit]) => limit !== null));
}

function isLimit(value: unknown, { min, max }: LimitField): value is number {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}
