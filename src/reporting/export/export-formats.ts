import type { ExportFormat } from "./export-day.ts";
import { PARQUET_EXPORT } from "./parquet-format.ts";
import { CSV_EXPORT, NDJSON_EXPORT } from "./text-formats.ts";

export const EXPORT_FORMATS = {
  ndjson: NDJSON_EXPORT,
  csv: CSV_EXPORT,
  parquet: PARQUET_EXPORT,
} as const satisfies Readonly<Record<string, ExportFormat>>;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;

export function isExportFormat(name: string): name is ExportFormatName {
  return Object.hasOwn(EXPORT_FORMATS, name);
}
