import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { EngineConfig } from "../../config/config.ts";
import { engineUrl, silenceText } from "../engine-url.ts";

/** Longer than the engine takes to look at its parts. */
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
/** What is used of the answer of `GET /health`. */
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

/** A thread of the engine, as `GET /health` tells of it. */
export type EngineThread = Static<typeof ThreadHealth>;

/** The engine that should run on this machine by the configuration. */
export interface EngineStatus {
  /** `down` when it does not answer, `silent` when it has no API by its configuration. */
  readonly state: "ok" | "degraded" | "stalled" | "down" | "silent";
  readonly url: string | null;
  /** Why it does not answer, or why it accepts no events. */
  readonly error: string | null;
  readonly threads: readonly EngineThread[];
}

/** Asks the engine on this machine how it is. Never rejects. */
export async function readEngine(config: EngineConfig): Promise<EngineStatus> {
  if (config.ingestWorkers === 0) return { state: "silent", url: null, error: null, threads: [] };
  const url = engineUrl(config);
  try {
    const answer = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "manual",
    });
    const health: unknown = await answer.json().catch(() => undefined);
    if (Value.Check(HealthAnswer, health)) {
      const { status: state, ingest, consumers, reclaimer } = health;
      const threads = [...ingest.threads, ...consumers, ...(reclaimer === null ? [] : [reclaimer])];
      return { state, url, error: ingest.error, threads };
    }
    return down(url, `another program answers there, with ${answer.status}`);
  } catch (error) {
    return down(url, silenceText(error));
  }
}

function down(url: string, error: string): EngineStatus {
  return { state: "down", url, error, threads: [] };
}
