import { isIPv6 } from "node:net";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { EngineConfig } from "../config/config.ts";
import { errorText } from "../errors.ts";

/** Longer than the engine's health check takes, and shorter than the timeout of a container's. */
const TIMEOUT_MS = 2_500;

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const ThreadHealth = Type.Object({
  name: Type.String(),
  state: Type.String(),
  restarts: Type.Integer(),
  last_commit_at: nullable(Type.String()),
  work_age_ms: Type.Number(),
  error: nullable(Type.String()),
});
/** The part of the response to `GET /health` that is used here. */
const HealthAnswer = Type.Object({
  status: Type.Union([Type.Literal("ok"), Type.Literal("degraded"), Type.Literal("stalled")]),
  ingest: Type.Object({
    ready: Type.Boolean(),
    error: nullable(Type.String()),
    threads: Type.Array(ThreadHealth),
  }),
  consumers: Type.Array(ThreadHealth),
  reclaimer: nullable(ThreadHealth),
});

/** A thread of the engine, as `GET /health` reports it. */
export type EngineThread = Static<typeof ThreadHealth>;

/** The engine that the configuration expects on this machine. */
export interface EngineStatus {
  /** `down` when it does not answer, `silent` when its configuration gives it no API. */
  readonly state: "ok" | "degraded" | "stalled" | "down" | "silent";
  readonly url: string | null;
  /** Why it does not answer, or why it accepts no events. */
  readonly error: string | null;
  readonly threads: readonly EngineThread[];
}

/** Reads the state of the engine on this machine. Never rejects. */
export async function readEngine(config: EngineConfig): Promise<EngineStatus> {
  if (config.ingestWorkers === 0) return { state: "silent", url: null, error: null, threads: [] };
  const url = engineUrl(config);
  try {
    const answer = await requestEngine(`${url}/health`);
    const health: unknown = await answer.json().catch(() => undefined);
    if (Value.Check(HealthAnswer, health)) {
      const { status: state, ingest, consumers, reclaimer } = health;
      const threads = [...ingest.threads, ...consumers, ...(reclaimer === null ? [] : [reclaimer])];
      return { state, url, error: ingest.error, threads };
    }
    return down(url, `another program uses this port, and returned ${answer.status}`);
  } catch (error) {
    return down(url, unreachableText(error));
  }
}

function down(url: string, error: string): EngineStatus {
  return { state: "down", url, error, threads: [] };
}

/** Where the engine on this machine listens: on `API_HOST`, or on loopback when it listens on all addresses. */
export function engineUrl({ apiHost, apiPort }: EngineConfig, path = ""): string {
  const host = ["0.0.0.0", "::"].includes(apiHost) ? "127.0.0.1" : apiHost;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${apiPort}${path}`;
}

/** Sends a request to the engine. Rejects when there is no response in time. */
export async function requestEngine(url: string): Promise<Response> {
  return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
}

/** Why a request got no response. Bun's message for a closed port asks whether the computer is online. */
export function unreachableText(error: unknown): string {
  const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  return isRefused ? "nothing listens on that port" : errorText(error);
}
