import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { EngineState } from "../administer/status/status-report.ts";
import { errorText } from "../errors.ts";
import type { Servers } from "./servers.ts";

/** Longer than the engine's health check takes, and shorter than the timeout of a container's. */
const TIMEOUT_MS = 2_500;

/** Ignores HTTP_PROXY, which Docker may set in every container. Bun's types lack `false`. */
const DIRECTLY: object = { proxy: false };

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
  degraded_by: Type.Array(Type.String()),
  ingest: Type.Object({
    ready: Type.Boolean(),
    error: nullable(Type.String()),
    threads: Type.Array(ThreadHealth),
  }),
  consumers: Type.Array(ThreadHealth),
  /** Absent from the response of an older engine. */
  reports: Type.Optional(Type.Array(ThreadHealth)),
  packer: Type.Optional(
    nullable(
      Type.Composite([ThreadHealth, Type.Object({ unpacked_events: nullable(Type.Integer()) })]),
    ),
  ),
  reclaimer: nullable(ThreadHealth),
});

/** What it tells a client without a key once reads are closed. */
const BriefAnswer = Type.Object({
  status: HealthAnswer.properties.status,
  degraded_by: Type.Optional(Type.Array(Type.String())),
});
const ErrorAnswer = Type.Object({ error: Type.String() });

/** The engine on this machine. */
export interface EngineStatus extends Omit<EngineState, "state"> {
  /** `down` when it does not answer, `silent` when its configuration gives it no API. */
  readonly state: EngineState["state"] | "down" | "silent";
  readonly url: string | null;
}

export type EngineAddress = Pick<Servers, "operateUrl" | "engine">;

/** Reads the state of the engine on this machine. Never rejects. */
export async function readEngine({
  operateUrl: url,
  engine,
}: EngineAddress): Promise<EngineStatus> {
  const nothing = { url, degraded_by: [], threads: [], unpacked_events: null };
  if (url === null) return { ...nothing, state: "silent", error: null };
  const down = (why: string): EngineStatus => {
    return { ...nothing, state: "down", error: `${why}${otherAddress(url, engine)}` };
  };
  try {
    const answer = await requestEngine(`${url}/health`);
    const health: unknown = await answer.json().catch(() => undefined);
    if (Value.Check(HealthAnswer, health)) {
      const { status: state, degraded_by, ingest, reports = [], consumers } = health;
      const others = [health.packer, health.reclaimer].filter((thread) => thread != null);
      const threads = [...ingest.threads, ...reports, ...consumers, ...others];
      const unpackedEvents = health.packer?.unpacked_events ?? null;
      return {
        state,
        url,
        error: ingest.error,
        degraded_by,
        threads,
        unpacked_events: unpackedEvents,
      };
    }
    if (Value.Check(BriefAnswer, health)) {
      const error = await readyError(url);
      return { ...nothing, state: health.status, error, degraded_by: health.degraded_by ?? [] };
    }
    return down(`another program uses this port, and returned ${answer.status}`);
  } catch (error) {
    return down(unreachableText(error));
  }
}

/** Returns why the engine accepts no events, or null. Anybody may ask this. */
async function readyError(url: string): Promise<string | null> {
  const answer = await requestEngine(`${url}/health/ready`);
  const body: unknown = await answer.json().catch(() => undefined);
  return !answer.ok && Value.Check(ErrorAnswer, body) ? body.error : null;
}

/** Points at the engine of the folder when the variables lead elsewhere. */
function otherAddress(url: string, engine: EngineAddress["engine"]): string {
  const found = engine?.operateUrl ?? engine?.apiUrl;
  if (found === undefined || found === url) return "";
  const where = found === null ? "has no API" : `is at ${found}`;
  return `; the engine of this folder ${where}: unset API_HOST, API_PORT and OPERATE_PORT to use it`;
}

/** The certificate names the host that clients use, not this machine, and no secret is sent. */
const UNVERIFIED = { tls: { rejectUnauthorized: false } };

/** Sends a request to the engine. Rejects when there is no response in time. */
export async function requestEngine(url: string): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return await fetch(url, { signal, redirect: "manual", ...UNVERIFIED, ...DIRECTLY });
}

/** Why a request got no response. Bun's message for a closed port asks whether the computer is online. */
export function unreachableText(error: unknown): string {
  const isRefused = error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
  return isRefused ? "nothing listens on that port" : errorText(error);
}
