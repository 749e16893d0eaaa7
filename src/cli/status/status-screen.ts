import { DAY_MS } from "../../event/day.ts";
import { printable } from "../../log/printable.ts";
import { IDS_AHEAD_MS_OK } from "../../stream/inspect/read-backlog.ts";
import type { EngineThread } from "./read-engine.ts";
import type { ServerStatus, StatusReport } from "./status-report.ts";

const LABEL_WIDTH = 14;
/** The years 0 to 9999, about. */
const CALENDAR_MS = 10_000 * 365 * DAY_MS;
/** A younger backlog is a batch in hand, and what it grows by from one look to the next says nothing. */
const BACKLOG_AGE_MS_MIN = 10_000;
/** What an entry takes of Redis's memory, by `bun run bench -- bytes`. */
const ENTRY_BYTES = 140;

/** A report as lines for a person, which fit on one screen unless there are very many threads. */
export function statusScreen(report: StatusReport): readonly string[] {
  const { version, engine, rates } = report;
  return [
    line("QueueFlow", `${version}, ${report.at}`),
    line("Engine", engineText(report)),
    line(
      "Events",
      `${perSecond(rates.accepted_per_s)} accepted, ${perSecond(rates.stored_per_s)} stored`,
    ),
    line("Backlog", backlogText(report)),
    line("Stream", streamText(report)),
    line("Last commit", commitText(report)),
    line("Dead letters", deadLettersText(report)),
    ...lossesLine(report),
    ...heldPruneLine(report),
    line("Redis", redisText(report)),
    line("PostgreSQL", serverText(report.postgres)),
    ...(engine.threads.length === 0 ? [] : ["", ...threadTable(report)]),
  ];
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${printable(text)}`;
}

function engineText({ engine: { state, url, error } }: StatusReport): string {
  switch (state) {
    case "silent":
      return "has no API on this machine (INGEST_WORKERS=0): what follows is of the servers alone";
    case "down":
      return `does not answer at ${url ?? ""}: ${error ?? ""}`;
    case "ok":
    case "degraded":
    case "stalled":
      return `${state}, at ${url ?? ""}${error === null ? "" : `, accepts no events: ${error}`}`;
  }
}

function backlogText({ stream: { backlog_entries: entries, oldest_age_ms: ageMs } }: StatusReport) {
  const oldest =
    entries === null || entries === 0 ? "" : `, the oldest for ${duration(ageMs ?? 0)}`;
  return `${number(entries)} entries not yet stored${oldest}`;
}

/** Of a backlog that grows it tells how long there is room, in the stream or in Redis's memory. */
function streamText({ stream, rates, redis_memory: memory }: StatusReport): string {
  const { length, length_max: lengthMax, oldest_age_ms: ageMs, ids_ahead_ms: aheadMs } = stream;
  const ahead = aheadMs === null || aheadMs <= IDS_AHEAD_MS_OK ? "" : `, ids ${aheadText(aheadMs)}`;
  const text = `${number(length)} of ${number(lengthMax)} entries${ahead}`;
  const { accepted_per_s: accepted, stored_per_s: stored } = rates;
  if (length === null || accepted === null || stored === null) return text;
  if (accepted <= stored || (ageMs ?? 0) < BACKLOG_AGE_MS_MIN) return text;
  const freeBytes =
    memory?.max_bytes == null ? Number.POSITIVE_INFINITY : memory.max_bytes - memory.used_bytes;
  const freeEntries = Math.max(0, Math.min(lengthMax - length, freeBytes / ENTRY_BYTES));
  return `${text}, full in about ${duration((freeEntries / (accepted - stored)) * 1_000)}`;
}

function redisText({ redis, redis_memory: memory }: StatusReport): string {
  const text = serverText(redis);
  if (memory === null) return text;
  const { used_bytes: used, max_bytes: max } = memory;
  return `${text}, ${mebibytes(used)} of memory used${max === null ? "" : ` of ${mebibytes(max)}`}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_024 ** 2).toLocaleString("en-US", { maximumFractionDigits: 1 })} MiB`;
}

function commitText(report: StatusReport): string {
  const { last_commit_at: at, newest_stored_received_at: receivedAt } = report;
  if (at !== null) return `${ago(at, report)}, at ${at}`;
  return receivedAt === null
    ? "unknown"
    : `unknown; the newest event in the table was received at ${receivedAt}`;
}

function deadLettersText({ dead_letters: letters }: StatusReport): string {
  const advice =
    letters === null || letters === 0 ? "" : ": `queueflow dead-letters list` says why";
  return `${number(letters)}${advice}`;
}

function lossesLine({ losses }: StatusReport): readonly string[] {
  if (losses === null || losses.entries === 0) return [];
  const found = `at least ${number(losses.entries)}, the first found at ${losses.since ?? ""}`;
  return [line("Lost events", `${found}: \`queueflow losses\` says more`)];
}

function heldPruneLine({ held_prune: held }: StatusReport): readonly string[] {
  if (held === null) return [];
  const found = `${number(held.events)} old events not deleted since ${held.since}`;
  return [line("Retention", `${found}: \`queueflow doctor\` says why`)];
}

function serverText({ up, address, version, error }: ServerStatus): string {
  const found = `${version ?? "version unknown"}, at ${address ?? ""}`;
  if (up) return error === null ? found : `${found}, and its tables cannot be read: ${error}`;
  return `${address === null ? "not known" : `cannot be reached at ${address}`}: ${error ?? ""}`;
}

function threadTable(report: StatusReport): readonly string[] {
  const header = ["thread", "state", "restarts", "last commit", "in hand", "error"];
  const rows = [header, ...report.engine.threads.map((thread) => threadRow(thread, report))];
  const widths = header.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    printable(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).trimEnd(),
  );
}

function threadRow(thread: EngineThread, report: StatusReport): readonly string[] {
  const { name, state, restarts, last_commit_at: at, work_age_ms: ageMs, error } = thread;
  return [
    name,
    state,
    String(restarts),
    at === null ? "-" : ago(at, report),
    ageMs === 0 ? "-" : duration(ageMs),
    error ?? "-",
  ];
}

function ago(at: string, report: StatusReport): string {
  return `${duration(Math.max(0, Date.parse(report.at) - Date.parse(at)))} ago`;
}

/** A duration in the unit that suits it: `48 ms`, `3.1 s`, `12 min`, `5.0 h`, `3.0 days`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 2 * DAY_MS) return `${(ms / 3_600_000).toFixed(1)} h`;
  return `${(ms / DAY_MS).toFixed(1)} days`;
}

/** How far ids are ahead of the clock of Redis; those after the year 9999 are near the last one. */
export function aheadText(aheadMs: number): string {
  return aheadMs < CALENDAR_MS ? `${duration(aheadMs)} ahead` : "near the last possible one";
}

function perSecond(rate: number | null): string {
  return rate === null ? "unknown" : `${number(rate)}/s`;
}

function number(value: number | null): string {
  return value === null ? "unknown" : value.toLocaleString("en-US");
}
