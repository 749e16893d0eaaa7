import { CORE_FIELDS, STORED_OPTIONAL_FIELDS } from "./event.ts";

type StoredName = (typeof CORE_FIELDS | typeof STORED_OPTIONAL_FIELDS)[number]["name"];

/** Fields that chunks keep in another form. */
type OtherName = "event_id" | "site_id" | "user_id" | "timestamp" | "engaged_ms";
const OTHERS: ReadonlySet<StoredName> = new Set<OtherName>([
  "event_id",
  "site_id",
  "user_id",
  "timestamp",
  "engaged_ms",
]);

export type TextColumnName = Exclude<StoredName, OtherName>;

/** The fields of an event that chunks keep as text, by the name of their column. `properties` is JSON. */
export const TEXT_COLUMNS: readonly TextColumnName[] = [...CORE_FIELDS, ...STORED_OPTIONAL_FIELDS]
  .map(({ name }) => name)
  .filter((name): name is TextColumnName => !OTHERS.has(name));

const TEXT_COLUMN_NAMES: ReadonlySet<string> = new Set(TEXT_COLUMNS);

export function isTextColumn(name: string): name is TextColumnName {
  return TEXT_COLUMN_NAMES.has(name);
}

/** The columns of a chunk, which holds events of a site's UTC day. */
export const CHUNK_COLUMNS = [
  "times",
  "users",
  "user_index",
  "user_texts",
  "engaged_ms",
  ...TEXT_COLUMNS,
] as const;
export type ChunkColumnName = (typeof CHUNK_COLUMNS)[number];
