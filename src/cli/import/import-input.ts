import { QueueFlowError } from "../../errors.ts";
import { LOG_FORMATS } from "../../importers/choose-format.ts";
import {
  EXPORT_FORMATS,
  type ExportFormat,
  exportFormatOf,
} from "../../importers/exported/export-format.ts";
import type { Only } from "../../importers/line-event.ts";
import type { LogFormat } from "../../importers/log-format.ts";
import { type Chunks, peek } from "./peek.ts";

/** A line of an export is shorter. */
const FIRST_LINE_BYTES_MAX = 64 * 1_024;

export type ImportInput =
  | {
      readonly kind: "log";
      readonly chunks: Chunks;
      readonly siteId: string;
      readonly only: Only;
      /** Undefined to detect it. */
      readonly format: LogFormat | undefined;
    }
  | {
      readonly kind: "export";
      readonly chunks: Chunks;
      /** Undefined for the events' own. */
      readonly siteId: string | undefined;
      readonly format: ExportFormat;
    };

export interface InputFlags {
  readonly site?: string;
  readonly format?: string;
  readonly only: Only;
}

/**
 * Returns whether the file is an access log or an export, as `--format` or its first line says.
 *
 * @throws QueueFlowError `invalid_usage` for an access log without `--site`.
 */
export async function importInput(
  chunks: Chunks,
  { site: siteId, format: name, only }: InputFlags,
): Promise<ImportInput> {
  const { first, all } = await peek(chunks, hasLine);
  const [firstLine = ""] = first.toString().split("\n", 1);
  const exported =
    name === undefined ? exportFormatOf(firstLine) : EXPORT_FORMATS.find((each) => each === name);
  if (exported !== undefined) return { kind: "export", chunks: all, siteId, format: exported };
  if (siteId === undefined) {
    const sentence = "Expected --site with an access log, which does not say whose it is";
    throw new QueueFlowError("invalid_usage", sentence);
  }
  const format = LOG_FORMATS.find((each) => each.name === name);
  return { kind: "log", chunks: all, siteId, only, format };
}

function hasLine(first: Buffer): boolean {
  return first.length > FIRST_LINE_BYTES_MAX || first.includes("\n");
}
