import { Elysia } from "elysia";
import { errorText, InvalidFieldsError } from "../../../errors.ts";
import { describeValue } from "../../../event/describe-value.ts";
import type { Log } from "../../../log/log.ts";
import type { IngestMetrics } from "../../../metrics/ingest-metrics.ts";
import {
  EXPORT_FORMATS,
  type ExportFormatName,
  isExportFormat,
} from "../../../reporting/export/export-formats.ts";
import { parseExportQuery } from "../../../reporting/export/parse-export-query.ts";
import { admitSiteReader } from "../../access/admit-site-reader.ts";
import type { AccessParts } from "../../access/identify.ts";
import type { LimitParts } from "../../admit-client.ts";
import { describeExport, EXPORT_PARAMETERS } from "../../openapi/describe-export.ts";
import { strictHandler } from "../strict-handler.ts";
import { type AskReport, exportBody, openExport } from "./export-body.ts";
import { noteHeaders } from "./note-headers.ts";

const PATH = "/export";

export interface ExportSources extends AccessParts, LimitParts {
  readonly askReport: AskReport;
  readonly metrics: IngestMetrics;
  readonly log: Log;
}

export function exportRoute(sources: ExportSources) {
  const { metrics } = sources;
  const answer = strictHandler(
    { path: PATH, parameters: EXPORT_PARAMETERS, metrics },
    async (parameters, request) => {
      await admitSiteReader(request, parameters.get("site_id"), sources);
      return await respond(parameters, request, sources);
    },
  );
  return new Elysia().get(PATH, answer, { detail: describeExport() });
}

async function respond(
  parameters: ReadonlyMap<string, string>,
  request: Request,
  { askReport, log }: ExportSources,
): Promise<Response> {
  const format = formatOf(parameters.get("format"));
  const parsed = parseExportQuery(parameters);
  if (parsed.kind === "invalid") throw new InvalidFieldsError(parsed.fields);
  const { query, after } = parsed;
  const step = { kind: "open", query, format, ...(after && { after }) } as const;
  const opened = await openExport(step, { askReport, signal: request.signal });
  const { mediaType, extension } = EXPORT_FORMATS[format];
  const headers = {
    "Content-Type": mediaType,
    "Content-Disposition": `attachment; filename="events.${extension}"`,
    ...noteHeaders(opened.notes),
  };
  if (request.method === "HEAD") {
    opened.close();
    return new Response(null, { headers });
  }
  const onCut = (error: unknown): void => {
    if (request.signal.aborted) return;
    log.warn(
      { error: errorText(error) },
      "An export was cut off; the client can go on with `after`",
    );
  };
  return new Response(exportBody(opened, onCut), { headers });
}

/** @throws InvalidFieldsError. */
function formatOf(format = "ndjson"): ExportFormatName {
  if (isExportFormat(format)) return format;
  const names = Object.keys(EXPORT_FORMATS).join(", ");
  const message = `Expected format to be one of ${names}, got ${describeValue(format)}`;
  throw new InvalidFieldsError({ format: message });
}
