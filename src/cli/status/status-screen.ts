import type { EngineThread, ServerStatus } from "../../administer/status/status-report.ts";
import { DAY_MS } from "../../event/day.ts";
import { IDS_AHEAD_MS_OK } from "../../stream/inspect/read-backlog.ts";
import { RUN_DOCTOR } from "../servers.ts";
import { count, duration, table } from "../text.ts";
import type { CommandReport } from "./read-status.ts";

/** Roughly the years 0 to 9999. */
const CALENDAR_MS = 10_000 * 365 * DAY_MS;
/** A younger backlog is a batch in progress, and its growth says nothing. */
const BACKLOG_AGE_MS_MIN = 10_000;
/** Memory of one entry in Redis, measured by `bun run bench -- bytes`. */
const ENTRY_BYTES = 140;
/** The engine tells more only to a client with a key. */
const HIDDEN = "; its threads are not shown, since reads are closed";

/** A report as lines that fit on one screen, unless there are very many threads. */
export function statusScreen(report: CommandReport): readonly string[] {
  const { version, at, engine } = report;
  const parts = [
    ["QueueFlow", `${version}, ${at}`],
    ["Engine", engineText(report)],
    ["Events", ratesText(report)],
    ["Backlog", backlogText(report)],
    ["Stream", streamText(report)],
    ["Last commit", commitText(report)],
    ...packingRow(report),
    ["Dead letters", deadLettersText(report)],
    ...lossesRow(report),
    ...heldPruneRow(report),
    ["Redis", redisText(report)],
    ["PostgreSQL", postgresText(report)],
  ];
  if (engine.threads.length === 0) return table(parts);
  const header = ["Thread", "State", "Restarts", "Last commit", "Batch age", "Error"];
  const threads = engine.threads.map((thread) => threadRow(thread, report));
  return [...table(parts), "", ...table([header, ...threads])];
}

/** What is wrong, most urgent first, in one sentence; undefined when nothing is. */
export function failureIn(report: CommandReport): string | undefined {
  const { engine, losses, held_prune: held } = report;
  const { state, url, error } = engine;
  if (state === "down") return `The engine does not answer at ${url ?? ""}: ${error ?? ""}`;
  const cause = serverFailure(report);
  if (error !== null) return `The engine accepts no events (${error}); ${cause ?? RUN_DOCTOR}`;
  if (cause !== undefined) return cause;
  if (state === "stalled") {
    return `The engine is stalled: entries are waiting and none is stored; ${RUN_DOCTOR}`;
  }
  if (losses !== null && losses.entries > 0) {
    return `At least ${count(losses.entries, "accepted event")} lost since ${losses.since ?? ""}: see \`queueflow losses\``;
  }
  if (state === "ok" && held !== null) {
    return `Old events have not been deleted since ${held.since}; ${RUN_DOCTOR}`;
  }
  if (state !== "degraded") return undefined;
  return `The engine is degraded${listed(engine.degraded_by)}; ${RUN_DOCTOR}`;
}

function serverFailure({ redis, postgres }: CommandReport): string | undefined {
  if (!redis.up) return `Redis ${downText(redis)}`;
  if (!postgres.up) return `PostgreSQL ${downText(postgres)}`;
  if (postgres.error === null) return undefined;
  return `PostgreSQL is up, but its tables cannot be read: ${postgres.error}; ${RUN_DOCTOR}`;
}

/** Without an address there is none to connect to: another folder perhaps, or other variables. */
function downText({ address, error }: ServerStatus): string {
  return `${address === null ? "is not configured" : `cannot be reached at ${address}`}: ${error ?? ""}`;
}

function engineText({ engine }: CommandReport): string {
  const { state, url, error, degraded_by: reasons, threads } = engine;
  switch (state) {
    case "silent":
      return "no API on this machine (INGEST_WORKERS=0); below is the state of the servers";
    case "down":
      return `does not answer at ${url ?? ""}: ${error ?? ""}`;
    case "ok":
    case "degraded":
    case "stalled":
      return `${state}, at ${url ?? ""}${listed(reasons)}${threads.length === 0 && error === null ? HIDDEN : ""}`;
  }
}

function listed(reasons: readonly string[]): string {
  return reasons.length === 0 ? "" : `: ${reasons.join("; ")}`;
}

function ratesText({ rates: { accepted_per_s: accepted, stored_per_s: stored } }: CommandReport) {
  if (accepted === null && stored === null) return "unknown";
  return `${perSecond(accepted)} accepted, ${perSecond(stored)} stored`;
}

function backlogText({
  stream: { backlog_entries: entries, oldest_age_ms: ageMs },
}: CommandReport) {
  if (entries === null) return "unknown";
  const oldest = entries === 0 ? "" : `, the oldest for ${duration(ageMs ?? 0)}`;
  return `${number(entries)} entries not yet stored${oldest}`;
}

/** While the backlog grows, estimates when the stream or the memory of Redis is full. */
function streamText({ stream, rates, redis_memory: memory }: CommandReport): string {
  const { length, length_max: lengthMax, oldest_age_ms: ageMs, ids_ahead_ms: aheadMs } = stream;
  if (length === null) return "unknown";
  const ahead = aheadMs === null || aheadMs <= IDS_AHEAD_MS_OK ? "" : `, ids ${aheadText(aheadMs)}`;
  const text = `${number(length)} of ${number(lengthMax)} entries${ahead}`;
  const { accepted_per_s: accepted, stored_per_s: stored } = rates;
  if (accepted === null || stored === null) return text;
  if (accepted <= stored || (ageMs ?? 0) < BACKLOG_AGE_MS_MIN) return text;
  const freeBytes =
    memory?.max_bytes == null ? Number.POSITIVE_INFINITY : memory.max_bytes - memory.used_bytes;
  const freeEntries = Math.max(0, Math.min(lengthMax - length, freeBytes / ENTRY_BYTES));
  return `${text}, full in about ${duration((freeEntries / (accepted - stored)) * 1_000)}`;
}

/** How far ids are ahead of the clock of Redis; beyond the year 9999 they are near the last one. */
export function aheadText(aheadMs: number): string {
  return aheadMs < CALENDAR_MS ? `${duration(aheadMs)} ahead` : "near the last possible one";
}

function commitText(report: CommandReport): string {
  const { last_commit_at: at, newest_stored_received_at: receivedAt } = report;
  if (at !== null) return `${ago(at, report)}, at ${at}`;
  return receivedAt === null
    ? "unknown"
    : `unknown; the newest stored event was received at ${receivedAt}`;
}

function deadLettersText({ dead_letters: letters }: CommandReport): string {
  const advice = letters === null || letters === 0 ? "" : ": see `queueflow dead-letters list`";
  return `${number(letters)}${advice}`;
}

function lossesRow({ losses }: CommandReport): readonly string[][] {
  if (losses === null || losses.entries === 0) return [];
  const found = `at least ${number(losses.entries)}, first found at ${losses.since ?? ""}`;
  return [["Lost events", `${found}: see \`queueflow losses\``]];
}

function packingRow({ engine: { unpacked_events: events } }: CommandReport): readonly string[][] {
  return events === null ? [] : [["Packing", `${count(events, "event")} to pack`]];
}

function heldPruneRow({ held_prune: held }: CommandReport): readonly string[][] {
  if (held === null) return [];
  const found = `${number(held.events)} old events not deleted since ${held.since}`;
  return [["Retention", `${found}: see \`queueflow doctor\``]];
}

function redisText({ redis, redis_memory: memory }: CommandReport): string {
  const text = serverText(redis);
  if (memory === null) return text;
  const { used_bytes: used, max_bytes: max } = memory;
  return `${text}, ${mebibytes(used)} of memory used${max === null ? "" : ` of ${mebibytes(max)}`}`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_024 ** 2).toLocaleString("en-US", { maximumFractionDigits: 1 })} MiB`;
}

function postgresText({ postgres }: CommandReport): string {
  const text = serverText(postgres);
  return postgres.distributed === true ? `${text}, distributed by Citus` : text;
}

function serverText(server: ServerStatus): string {
  const { up, address, version, error } = server;
  if (!up) return downText(server);
  const found = `${version ?? "version unknown"}, at ${address ?? ""}`;
  return error === null ? found : `${found}, but its tables cannot be read: ${error}`;
}

function threadRow(thread: EngineThread, report: CommandReport): readonly string[] {
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

function ago(at: string, report: CommandReport): string {
  return `${duration(Math.max(0, Date.parse(report.at) - Date.parse(at)))} ago`;
}

function perSecond(rate: number | null): string {
  return rate === null ? "unknown" : `${number(rate)}/s`;
}

function number(value: number | null): string {
  return value === null ? "unknown" : value.toLocaleString("en-US");
}
