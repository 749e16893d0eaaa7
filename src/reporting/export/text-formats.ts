import { csvCell } from "../../event/csv-cell.ts";
import type { ExportDay, ExportFormat, ExportWriter } from "./export-day.ts";
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
      line: (values, i) => {
        let line = "{";
        for (const valueOf of values) {
          const member = valueOf?.(i);
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
      line: (values, i) => {
        let line = "";
        for (const [place, valueOf] of values.entries()) {
          if (place > 0) line += ",";
          line += valueOf?.(i) ?? "";
        }
        return `${line}\r\n`;
      },
    }),
};

interface TextForm {
  readonly head: string;
  readonly convert: (name: ExportFieldName) => (text: string) => string;
  readonly line: (values: readonly (FieldValues<string> | undefined)[], i: number) => string;
}

function textWriter({ head, convert, line }: TextForm): ExportWriter {
  let written = head;
  let values: readonly (FieldValues<string> | undefined)[] = [];
  let passes: ExportDay["passes"];
  return {
    begin(day) {
      values = EXPORT_FIELDS.map((name) => fieldValues(day, name, convert(name)));
      ({ passes } = day);
    },
    rows({ from, to }) {
      let text = take();
      for (let i = from; i < to; i += 1) {
        if (passes === undefined || passes[i] === 1) text += line(values, i);
      }
      return ENCODER.encode(text);
    },
    end: () => ENCODER.encode(take()),
  };

  /** An export without events has its head, too. */
  function take(): string {
    const text = written;
    written = "";
    return text;
  }
}
