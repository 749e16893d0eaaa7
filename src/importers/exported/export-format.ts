import { isObject } from "../../event/is-object.ts";

/** What `queueflow export` and `GET /export` write, and anybody may write for an import. */
export const EXPORT_FORMATS = ["queueflow-ndjson", "queueflow-csv"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** No log format has all of them. */
const TELLING_FIELDS = ["event_type", "user_id", "timestamp"] as const;
const BYTE_ORDER_MARK = "\u{feff}";

/** Returns the format that a file with this first line has, undefined for any other file. */
export function exportFormatOf(firstLine: string): ExportFormat | undefined {
  const line = firstLine.startsWith(BYTE_ORDER_MARK) ? firstLine.slice(1) : firstLine;
  const names = line.startsWith("{") ? namesIn(line) : cellsOf(line);
  if (!TELLING_FIELDS.every((name) => names.includes(name))) return undefined;
  return line.startsWith("{") ? "queueflow-ndjson" : "queueflow-csv";
}

function namesIn(json: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

/** The names of fields need no quotes, and may have them. */
function cellsOf(header: string): readonly string[] {
  return header
    .trimEnd()
    .split(",")
    .map((cell) => cell.replace(/^"(.*)"$/, "$1"));
}
