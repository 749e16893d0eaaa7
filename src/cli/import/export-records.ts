import { Readable } from "node:stream";
import { parse } from "csv-parse";
import { errorText } from "../../errors.ts";
import { isObject } from "../../event/is-object.ts";
import type { ExportFormat } from "../../importers/exported/export-format.ts";
import {
  type ExportRecord,
  recordOfCells,
  recordProblem,
} from "../../importers/exported/exported-event.ts";
import { LineSplitter, type LogLine } from "../../importers/line-splitter.ts";

/** With all fields at their limits, and quotes. */
const CSV_RECORD_CHARACTERS_MAX = 64 * 1_024;
const NEWLINE = 0x0a;

export type ReadRecord =
  | { readonly kind: "record"; readonly number: number; readonly record: ExportRecord }
  | { readonly kind: "empty" | "too-long"; readonly number: number }
  | { readonly kind: "unreadable"; readonly number: number; readonly why: string }
  /** The last one, without a newline. */
  | { readonly kind: "unfinished"; readonly number: number };

export interface RecordsOptions {
  readonly format: ExportFormat;
  /** Whether a last record without a newline is read. */
  readonly complete: boolean;
}

/** Yields the records of an export in flat memory, several at a time. */
export function exportRecords(
  chunks: AsyncIterable<Uint8Array>,
  { format, complete }: RecordsOptions,
): AsyncGenerator<readonly ReadRecord[]> {
  return format === "queueflow-ndjson"
    ? ndjsonRecords(chunks, complete)
    : csvRecords(chunks, complete);
}

async function* ndjsonRecords(
  chunks: AsyncIterable<Uint8Array>,
  complete: boolean,
): AsyncGenerator<readonly ReadRecord[]> {
  const splitter = new LineSplitter();
  for await (const chunk of chunks) yield splitter.push(chunk).map(recordOfLine);
  const rest = splitter.rest();
  if (rest === undefined) return;
  yield [complete ? recordOfLine(rest) : { kind: "unfinished", number: rest.number }];
}

function recordOfLine(line: LogLine): ReadRecord {
  const { number } = line;
  if (line.kind === "too-long") return { kind: "too-long", number };
  const text = Buffer.from(line.text, "latin1").toString();
  if (text.trim() === "") return { kind: "empty", number };
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { kind: "record", number, record: value };
    return { kind: "unreadable", number, why: recordProblem(value) };
  } catch (error) {
    return { kind: "unreadable", number, why: errorText(error) };
  }
}

async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
  complete: boolean,
): AsyncGenerator<readonly ReadRecord[]> {
  let lastByte: number | undefined = NEWLINE;
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      lastByte = chunk.at(-1) ?? lastByte;
      yield chunk;
    }
  }
  const skipped: ReadRecord[] = [];
  const parser = parse({
    bom: true,
    columns: true,
    info: true,
    max_record_size: CSV_RECORD_CHARACTERS_MAX,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip(error) {
      const number = Number(error?.["lines"] ?? 0);
      skipped.push({ kind: "unreadable", number, why: errorText(error) });
    },
  });
  // Only the last record may be unfinished.
  let held: ReadRecord | undefined;
  const rows: AsyncIterable<CsvRow> = Readable.from(watched()).pipe(parser);
  for await (const { record, info } of rows) {
    yield [...skipped.splice(0), ...(held === undefined ? [] : [held])];
    held = { kind: "record", number: info.lines, record: recordOfCells(record) };
  }
  yield skipped.splice(0);
  if (held === undefined) return;
  const isWhole = complete || lastByte === NEWLINE;
  yield [isWhole ? held : { kind: "unfinished", number: held.number }];
}

interface CsvRow {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}
