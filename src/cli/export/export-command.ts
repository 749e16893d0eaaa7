import { PassThrough } from "node:stream";
import { type Command, Option } from "commander";
import { InvalidFieldsError } from "../../errors.ts";
import { dateRanges } from "../../event/date-ranges.ts";
import {
  EXPORT_FORMATS,
  type ExportFormatName,
  isExportFormat,
} from "../../reporting/export/export-formats.ts";
import { ExportSession } from "../../reporting/export/export-session.ts";
import { parseExportQuery } from "../../reporting/export/parse-export-query.ts";
import { openSnapshotSource } from "../../reporting/snapshot/snapshot-source.ts";
import { parseSiteId } from "../options.ts";
import { openOutput } from "../output-file.ts";
import { openProgress } from "../progress.ts";
import { withServers } from "../servers.ts";
import { print, printError, type Shell } from "../shell.ts";
import { size } from "../text.ts";

/** Each day is read once. */
const CACHE_BYTES_MAX = 0;

const HELP = `
Writes all fields of each event, in order of time, one UTC day after another. Each day is one snapshot. FILE
appears once it is complete. Events of days whose raw rows were pruned come without their event_id, and
days of which events are missing are named.

FORMAT is ndjson, csv or parquet; by default the ending of FILE says it. Ranges and filters are those of
POST /query: 30d, 12mo, all, or two dates; filters as JSON.

\`queueflow import FILE\` reads NDJSON and CSV again, here or elsewhere. Reports then give the same numbers.

- writes to standard output.

Examples:
  queueflow export example.com.ndjson --site example.com
  queueflow export 2026.parquet --site example.com --range 2026-01-01,2026-12-31
  queueflow export - --site example.com --filters '[["is","event:name",["signup"]]]' | wc -l`;

interface ExportFlags {
  readonly site: string;
  readonly range: string;
  readonly timezone?: string;
  readonly filters?: string;
  readonly format?: string;
  readonly after?: string;
  readonly force?: boolean;
}

export function addExportCommand(program: Command, shell: Shell): void {
  program
    .command("export")
    .summary("write a site's events to a file")
    .description("Writes the events of a site to a file, as NDJSON, CSV or Parquet.")
    .argument("<file>", "the file to write, or - for standard output")
    .requiredOption("--site <id>", "the site", parseSiteId)
    .option("--range <range>", "a preset, or two dates with a comma between", "all")
    .option("--timezone <zone>", "an IANA zone for the range; the site's by default")
    .option("--filters <json>", "only events that pass these filters")
    .addOption(
      new Option("--format <name>", "format of the file").choices(Object.keys(EXPORT_FORMATS)),
    )
    .option("--after <cursor>", "go on after this event: TIMESTAMP/EVENT_ID")
    .option("--force", "replace the file if it exists")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: ExportFlags) => await exportFile(shell, file, flags));
}

async function exportFile(shell: Shell, file: string, flags: ExportFlags): Promise<void> {
  const request = requestOf(file, flags);
  using output = openOutput(shell, file, flags.force === true);
  let written = 0;
  const soFar = () => `after ${size(written)}; nothing was kept`;
  const work = { failure: `Cannot export ${flags.site}`, soFar };
  await withServers(shell, work, async ({ databaseUrl }, signal) => {
    const source = openSnapshotSource({
      url: databaseUrl,
      connectionsMax: 1,
      cacheBytesMax: CACHE_BYTES_MAX,
    });
    const turn = { signal, pause: () => undefined };
    using progress = openProgress(shell, "Exporting");
    try {
      const session = await ExportSession.open(source, request, turn);
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (let isLast = false; !isLast; ) {
          const piece = await session.next(turn);
          ({ isLast } = piece);
          written += piece.bytes.length;
          progress.update(size(written));
          if (piece.bytes.length > 0) yield piece.bytes;
        }
      };
      await output.write(pieces(), new PassThrough());
      warn(shell, session);
    } finally {
      await source.close();
    }
  });
  const bytes = output.finish();
  if (bytes !== undefined) print(shell, `Exported ${flags.site} to ${file}, ${size(bytes)}.`);
}

/** @throws InvalidFieldsError. */
function requestOf(file: string, { site, range, timezone, filters, after, ...flags }: ExportFlags) {
  const given = { site_id: site, date_range: range, timezone, filters, after };
  const parameters = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const parsed = parseExportQuery(new Map(parameters));
  if (parsed.kind === "invalid") throw new InvalidFieldsError(parsed.fields);
  return { ...parsed, format: EXPORT_FORMATS[formatOf(file, flags.format)] };
}

function formatOf(file: string, named: string | undefined): ExportFormatName {
  const name = named ?? file.split(".").at(-1) ?? "";
  return isExportFormat(name) ? name : "ndjson";
}

function warn(shell: Shell, { notes: { daysWithoutIds, incompleteDays } }: ExportSession): void {
  if (daysWithoutIds.length > 0) {
    const days = dateRanges(daysWithoutIds).join(", ");
    printError(shell, `Events without event_id, since raw rows were pruned: ${days}`);
  }
  if (incompleteDays.length > 0) {
    printError(shell, `Days of which events are missing: ${dateRanges(incompleteDays).join(", ")}`);
  }
}
