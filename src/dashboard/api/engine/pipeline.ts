import { request } from "../request.ts";

/** Of `GET /status`. Null is unknown. */
export interface Status {
  readonly at: string;
  readonly version: string;
  readonly engine: {
    readonly state: "ok" | "degraded" | "stalled";
    readonly error: string | null;
    readonly degraded_by: readonly string[];
    readonly threads: readonly Thread[];
    readonly unpacked_events: number | null;
  };
  readonly stream: {
    readonly length: number | null;
    readonly length_max: number;
    readonly backlog_entries: number | null;
    readonly oldest_age_ms: number | null;
    readonly appended_entries: number | null;
    readonly finished_entries: number | null;
  };
  readonly last_commit_at: string | null;
  readonly dead_letters: number | null;
  readonly losses: { readonly entries: number } | null;
  readonly held_prune: { readonly events: number } | null;
  readonly redis: Server;
  readonly redis_memory: { readonly used_bytes: number; readonly max_bytes: number | null } | null;
  readonly postgres: Server;
}

export interface Thread {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly last_commit_at: string | null;
  readonly work_age_ms: number;
  readonly error: string | null;
}

export interface Server {
  readonly up: boolean;
  readonly address: string | null;
  readonly version: string | null;
  readonly error: string | null;
}

type Fields = Readonly<Record<string, string>>;

/** Of `GET /dead-letters`. */
export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  readonly deliveries: number;
  readonly set_aside_at: string;
  /** Null when they are too long to show. */
  readonly fields: Fields | null;
  /** What a retry that has begun sends. */
  readonly retry_fields: Fields | null;
}

export interface DeadLetterPage {
  readonly dead_letters: readonly DeadLetter[];
  readonly next_before: string | null;
}

export interface Retried {
  readonly sent: number;
  readonly refused: readonly { readonly id: string; readonly why: string }[];
  /** Somebody else retried or dropped them. */
  readonly missing: readonly string[];
}

export interface Dropped {
  readonly dropped: number;
  /** Their retry has begun. */
  readonly begun: readonly string[];
  /** Somebody else retried or dropped them. */
  readonly missing: readonly string[];
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askStatus(signal: AbortSignal): Promise<Status> {
  return await (await request("status", {}, signal)).json();
}

/** @throws RequestFailure; the reason of `signal` when it aborts. */
export async function askDeadLetters(
  { before }: { readonly before: string | undefined },
  signal: AbortSignal,
): Promise<DeadLetterPage> {
  const query = before === undefined ? "" : `?before=${before}`;
  return await (await request(`dead-letters${query}`, {}, signal)).json();
}

/** @throws RequestFailure. */
export async function retryLetters(
  ids: readonly string[],
  corrections: Fields = {},
): Promise<Retried> {
  return await (await post("dead-letters/retry", { ids, corrections })).json();
}

/** @throws RequestFailure. */
export async function dropLetters(ids: readonly string[]): Promise<Dropped> {
  return await (await post("dead-letters/drop", { ids })).json();
}

export async function post(path: string, body: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  return await request(path, init, new AbortController().signal);
}
