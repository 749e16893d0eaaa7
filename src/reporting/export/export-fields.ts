import { CORE_FIELDS, STORED_OPTIONAL_FIELDS } from "../../event/event.ts";
import { TEXT_COLUMNS } from "../../event/text-columns.ts";
import type { ColumnName } from "../columns/day-events.ts";

type ExportField = (typeof CORE_FIELDS)[number] | (typeof STORED_OPTIONAL_FIELDS)[number];
export type ExportFieldName = ExportField["name"];

/** The fields of an exported event in their order, internal ones included, so that an import elsewhere gives the same numbers. */
export const EXPORT_FIELDS: readonly ExportFieldName[] = [
  ...CORE_FIELDS,
  ...STORED_OPTIONAL_FIELDS,
].map(({ name }) => name);

/** What a snapshot reads for them. */
export const EXPORT_COLUMNS: readonly ColumnName[] = [
  "users",
  "user_texts",
  "engaged_ms",
  ...TEXT_COLUMNS,
];
