import { csvCell } from "../../event/csv-cell.ts";
import {
  type ExportDay,
  type ExportFormat,
  type ExportWriter,
  writtenEvents,
} from "./export-day.ts";
import { EXPORT_FIELDS, type ExportFieldName } from "./export-fields.ts";
import { type FieldValues, fieldValues } from "./field-values.ts";

const ENCODER = new TextEncoder();
/** Their texts are JSON already. */
const JSON_FIELDS: ReadonlySet<ExportFieldName> = new Set(["properties", "engaged_ms"]);

/** One JSON object a line; fields without a value are absent. */
export const NDJSON_EXPORT: ExportFormat = {
  mediaType: "application/x-ndjson",
  extension: "ndjson",
  open: () =>
    textWriter({
      head: "",
      convert: (name) => (text) => {
        const value = JSON_FIELDS.has(name) ? text : JSON.stringify(text);
        return `"${name}":${value}`;
      },
      line: (values, place, i) => {
        let line = "{";
        for (const valueOf of values) {
          const member = valueOf?.(place, i);
          if (member === undefined) continue;
          line += line === "{" ? member : `,${member}`;
        }
        return `${line}}\n`;
      },
    }),
};

/** RFC 4180 with a header; a field without a value is an empty cell. */
export const CSV_EXPORT: ExportFormat = {
  mediaType: "text/csv; charset=utf-8; header=present",
  extension: "csv",
  open: () =>
    textWriter({
      head: `${EXPORT_FIELDS.join(",")}\r\n`,
      convert: () => csvCell,
      line: (values, place, i) => {
        let line = "";
        for (const [column, valueOf] of values.entries()) {
          if (column > 0) line += ",";
          line += valueOf?.(place, i) ?? "";
        }
        return `${line}\r\n`;
      },
    }),
};

interface TextForm {
  readonly head: string;
  readonly convert: (name: ExportFieldName) => (text: string) => string;
  readonly line: (
    values: readonly (FieldValues<string> | undefined)[],
    place: number,
    i: number,
  ) => string;
}

function textWriter({ head, convert, line }: TextForm): ExportWriter {
  let waiting = head;
  let values: readonly (FieldValues<string> | undefined)[] = [];
  let written: ExportDay | undefined;
  return {
    begin(day) {
      values = EXPORT_FIELDS.map((name) => fieldValues(day, name, convert(name)));
      written = day;
    },
    rows({ from, to }) {
      let text = take();
      for (const [place, i] of writtenEvents(written, { from, to })) text += line(values, place, i);
      return ENCODER.encode(text);
    },
    end: () => ENCODER.encode(take()),
  };

  /** An export without events has its head, too. */
  function take(): string {
    const text = waiting;
    waiting = "";
    return text;
  }
}
