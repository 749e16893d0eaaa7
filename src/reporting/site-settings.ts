import { isObject } from "../event/is-object.ts";
import { DEFAULT_PAGE_VIEW_TYPES } from "../event/page-view-types.ts";
import type { StoredDefinition } from "../store/access/definitions.ts";
import type { StoredSettings } from "../store/reports/read-site-settings.ts";
import type { SiteSettings } from "./query/report-query.ts";
import { parseGoal, parseSegment } from "./query/site-definitions.ts";

/** A definition that this version does not understand fails the questions that need it, and no others. */
export function siteSettings({ site, goals, segments }: StoredSettings): SiteSettings {
  const read = {
    goals: goals.map((stored) => ({ stored, parsed: parseGoal(fieldsOf(stored)) })),
    segments: segments.map((stored) => ({ stored, parsed: parseSegment(fieldsOf(stored)) })),
  };
  const unreadable = { goals: invalidNames(read.goals), segments: invalidNames(read.segments) };
  return {
    timeZone: site?.timeZone ?? "UTC",
    pageViewTypes: site?.pageViewTypes ?? DEFAULT_PAGE_VIEW_TYPES,
    goals: read.goals.flatMap(({ parsed }) => (parsed.kind === "goal" ? [parsed.goal] : [])),
    segments: read.segments.flatMap(({ parsed }) =>
      parsed.kind === "segment" ? [parsed.segment] : [],
    ),
    ...(unreadable.goals.length + unreadable.segments.length > 0 && { unreadable }),
  };
}

function invalidNames(
  read: readonly {
    readonly stored: StoredDefinition;
    readonly parsed: { readonly kind: string };
  }[],
): readonly string[] {
  return read.filter(({ parsed }) => parsed.kind === "invalid").map(({ stored }) => stored.name);
}

function fieldsOf({ name, definition }: StoredDefinition): Readonly<Record<string, unknown>> {
  return { name, ...(isObject(definition) ? definition : {}) };
}
