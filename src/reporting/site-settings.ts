import { isObject } from "../event/is-object.ts";
import { DEFAULT_PAGE_VIEW_TYPES } from "../event/page-view-types.ts";
import type { StoredDefinition } from "../store/access/definitions.ts";
import type { StoredSettings } from "../store/reports/read-site-settings.ts";
import type { Goal, Segment, SiteSettings } from "./query/report-query.ts";
import { parseGoal, parseSegment } from "./query/site-definitions.ts";

/** @throws Error for a definition that this version does not understand, since numbers without it would be wrong. */
export function siteSettings({ site, goals, segments }: StoredSettings): SiteSettings {
  return {
    timeZone: site?.timeZone ?? "UTC",
    pageViewTypes: site?.pageViewTypes ?? DEFAULT_PAGE_VIEW_TYPES,
    goals: goals.map(goalOf),
    segments: segments.map(segmentOf),
  };
}

function goalOf(stored: StoredDefinition): Goal {
  const parsed = parseGoal(fieldsOf(stored));
  if (parsed.kind === "goal") return parsed.goal;
  throw new Error(`Expected a goal of this version, got ${stored.name}`);
}

function segmentOf(stored: StoredDefinition): Segment {
  const parsed = parseSegment(fieldsOf(stored));
  if (parsed.kind === "segment") return parsed.segment;
  throw new Error(`Expected a segment of this version, got ${stored.name}`);
}

function fieldsOf({ name, definition }: StoredDefinition): Readonly<Record<string, unknown>> {
  return { name, ...(isObject(definition) ? definition : {}) };
}
