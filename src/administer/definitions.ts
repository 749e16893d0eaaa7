import { InvalidFieldsError } from "../errors.ts";
import { isObject } from "../event/is-object.ts";
import {
  goalToJson,
  parseGoal,
  parseSegment,
  segmentToJson,
} from "../reporting/query/site-definitions.ts";
import {
  DEFINITIONS_MAX,
  type DefinitionTable,
  deleteDefinition,
  listDefinitions,
  putDefinition,
  type StoredDefinition,
} from "../store/access/definitions.ts";
import type { Database } from "../store/database.ts";

/** What a site names for its reports. */
export interface DefinitionKind {
  readonly noun: "goal" | "segment";
  readonly table: DefinitionTable;
  /** Returns what is stored and shown. @throws InvalidFieldsError. */
  readonly parse: (fields: unknown) => DefinitionJson;
}

export interface DefinitionJson {
  readonly name: string;
  readonly filters: readonly unknown[];
  readonly revenue?: unknown;
}

export const GOALS: DefinitionKind = {
  noun: "goal",
  table: "site_goals",
  parse(fields) {
    const parsed = parseGoal(fields);
    if (parsed.kind === "invalid") throw new InvalidFieldsError(parsed.fields);
    return goalToJson(parsed.goal);
  },
};

export const SEGMENTS: DefinitionKind = {
  noun: "segment",
  table: "site_segments",
  parse(fields) {
    const parsed = parseSegment(fields);
    if (parsed.kind === "invalid") throw new InvalidFieldsError(parsed.fields);
    return segmentToJson(parsed.segment);
  },
};

export interface Definer {
  readonly database: Database;
  readonly kind: DefinitionKind;
  readonly siteId: string;
}

/** Returns all of the site by name. */
export async function definitionsOf({
  database,
  kind: { table },
  siteId,
}: Definer): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const stored = await listDefinitions(database, { table, siteId });
  return stored.map(definitionJson);
}

/** Returns a definition as it is shown, also one that only another version understands. */
export function definitionJson({
  name,
  definition,
}: StoredDefinition): Readonly<Record<string, unknown>> {
  return { name, ...(isObject(definition) ? definition : {}) };
}

/** Adds a goal or segment, or replaces the one of its name. @throws InvalidFieldsError; errors of the database. */
export async function define(
  { database, kind: { noun, table, parse }, siteId }: Definer,
  fields: unknown,
): Promise<DefinitionJson> {
  const parsed = parse(fields);
  const { name, ...definition } = parsed;
  const isPut = await putDefinition(database, { table, siteId }, { name, definition });
  if (isPut) return parsed;
  const message = `Expected at most ${DEFINITIONS_MAX} ${noun}s of a site, got another: remove one first`;
  throw new InvalidFieldsError({ name: message });
}

/** Returns whether there was one. */
export async function removeDefinition(
  { database, kind: { table }, siteId }: Definer,
  name: string,
): Promise<boolean> {
  return await deleteDefinition(database, { table, siteId }, name);
}
