import { randomText } from "../access/session.ts";
import { InvalidFieldsError } from "../errors.ts";
import { describeValue } from "../event/describe-value.ts";
import { isObject } from "../event/is-object.ts";
import { SITE_ID_BYTES_MAX } from "../event/limits.ts";
import { textProblem } from "../event/text-field.ts";
import {
  DEFINITIONS_MAX,
  deleteDefinition,
  putDefinition,
  type StoredDefinition,
} from "../store/access/definitions.ts";
import type { Database } from "../store/database.ts";
import { ANNOTATION_BYTES_MAX } from "../text-limits.ts";

export const ANNOTATIONS = "site_annotations";
const ID_CHARACTERS = 12;
const FIELDS = ["site_id", "when", "text"];
/** A date, with a time or without, of the site's clock: it stays on its day when the site changes its time zone. */
const WHEN = /^(\d{4}-\d\d-\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d)?$/;

/** As the API shows it. */
export interface Annotation {
  readonly annotation_id: string;
  readonly when: string;
  readonly text: string;
}

export interface AnnotationFields {
  readonly siteId: string;
  readonly when: string;
  readonly text: string;
}

/** @throws InvalidFieldsError with every problem. */
export function parseAnnotation(fields: Readonly<Record<string, unknown>>): AnnotationFields {
  const problems: Record<string, string> = Object.create(null);
  for (const name of Object.keys(fields)) {
    if (FIELDS.includes(name)) continue;
    problems[name] = `Expected one of the fields ${FIELDS.join(", ")}, got ${describeValue(name)}`;
  }
  const { site_id: siteId, when, text } = fields;
  const siteProblem = textProblem("site_id", siteId, SITE_ID_BYTES_MAX);
  if (siteProblem !== undefined) problems["site_id"] = siteProblem;
  const textIssue = textProblem("text", text, ANNOTATION_BYTES_MAX);
  if (textIssue !== undefined) problems["text"] = textIssue;
  if (!isTime(when)) {
    problems["when"] =
      `Expected when to be a date such as 2026-01-15, or a time of it such as 2026-01-15T09:30, got ${describeValue(when)}`;
  }
  if (Object.keys(problems).length > 0) throw new InvalidFieldsError(problems);
  return { siteId: String(siteId), when: String(when), text: String(text) };
}

/** @throws InvalidFieldsError beyond `DEFINITIONS_MAX`; errors of the database. */
export async function addAnnotation(
  database: Database,
  { siteId, when, text }: AnnotationFields,
): Promise<Annotation> {
  const name = randomText().slice(0, ID_CHARACTERS);
  const added = { name, definition: { when, text } };
  if (await putDefinition(database, { table: ANNOTATIONS, siteId }, added)) {
    return { annotation_id: name, when, text };
  }
  const problem = `Expected at most ${DEFINITIONS_MAX} annotations of a site, got another: remove one first`;
  throw new InvalidFieldsError({ text: problem });
}

/** Returns whether there was one. */
export async function removeAnnotation(
  database: Database,
  siteId: string,
  id: string,
): Promise<boolean> {
  return await deleteDefinition(database, { table: ANNOTATIONS, siteId }, id);
}

/** Returns what can be shown, the oldest first. */
export function annotationsOf(stored: readonly StoredDefinition[]): readonly Annotation[] {
  return stored
    .flatMap(({ name, definition }) => {
      if (!isObject(definition)) return [];
      const { when, text } = definition;
      if (!isTime(when) || typeof text !== "string") return [];
      return [{ annotation_id: name, when, text }];
    })
    .toSorted((a, b) => (a.when < b.when ? -1 : 1));
}

function isTime(when: unknown): when is string {
  const date = typeof when === "string" ? WHEN.exec(when)?.[1] : undefined;
  if (date === undefined) return false;
  // The runtime takes 30 February for 2 March.
  const ms = Date.parse(`${date}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
