import { PROPERTY_NAME_BYTES_MAX } from "../../event/limits.ts";
import { isText } from "../../event/text-field.ts";
import {
  type Dimension,
  type EventDimension,
  TIME_UNITS,
  type TimeDimension,
  VISIT_FIELDS,
  type VisitDimension,
} from "./report-query.ts";

const PROPERTY_PREFIX = "event:props:";
const EVENT_DIMENSIONS = [
  "event:name",
  "event:page",
  "event:hostname",
  "event:goal",
  "event:prop_names",
] as const;
const VISIT_DIMENSIONS = VISIT_FIELDS.map((field) => `visit:${field}` as const);
const TIME_DIMENSIONS = TIME_UNITS.map((unit) => `time:${unit}` as const);
const NAMED = new Map<string, Dimension>(
  [...EVENT_DIMENSIONS, ...VISIT_DIMENSIONS, ...TIME_DIMENSIONS].map((name) => [name, name]),
);

/** For errors. */
export const DIMENSION_NAMES = [
  ...EVENT_DIMENSIONS,
  `${PROPERTY_PREFIX}KEY`,
  ...VISIT_DIMENSIONS,
  ...TIME_DIMENSIONS,
];

export function parseDimension(name: unknown): Dimension | undefined {
  if (typeof name !== "string") return undefined;
  const key = name.startsWith(PROPERTY_PREFIX) ? name.slice(PROPERTY_PREFIX.length) : "";
  return isText(key, PROPERTY_NAME_BYTES_MAX) ? `${PROPERTY_PREFIX}${key}` : NAMED.get(name);
}

/** Returns the name of the property that a dimension stands for. */
export function propertyOf(dimension: string): string | undefined {
  return dimension.startsWith(PROPERTY_PREFIX)
    ? dimension.slice(PROPERTY_PREFIX.length)
    : undefined;
}

export function isEventDimension(dimension: Dimension): dimension is EventDimension {
  return dimension.startsWith("event:");
}

export function isVisitDimension(dimension: Dimension): dimension is VisitDimension {
  return dimension.startsWith("visit:");
}

export function isTimeDimension(dimension: Dimension): dimension is TimeDimension {
  return dimension.startsWith("time:");
}
