import { CORE_FIELDS, STORED_OPTIONAL_FIELDS } from "./event.ts";

type StoredField =
  | Extract<(typeof CORE_FIELDS)[number], { name: "event_type" | "path" }>
  | (typeof STORED_OPTIONAL_FIELDS)[number];

export type TextColumnName = Exclude<StoredField["name"], "engaged_ms">;

/** The fields of an event that reports keep as text, by the name of their column. `properties` is JSON. */
export const TEXT_COLUMNS: readonly TextColumnName[] = [
  ...CORE_FIELDS.map(({ name }) => name),
  ...STORED_OPTIONAL_FIELDS.map(({ name }) => name),
].filter(isTextColumn);

function isTextColumn(name: string): name is TextColumnName {
  const isOwn = ["event_id", "site_id", "user_id", "timestamp", "engaged_ms"].includes(name);
  return !isOwn;
}
