import type { EngineConfig } from "../../config/config.ts";
import { type EngineStatus, type EngineThread, readEngine } from "../engine-api.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "engine";

/** Checks the engine running on this machine: servers may look healthy and still reject its writes. */
export async function checkEngine(config: EngineConfig): Promise<readonly Finding[]> {
  const engine = await readEngine(config);
  switch (engine.state) {
    case "silent":
      return [];
    case "down":
      return [ok(ABOUT, `does not answer at ${engine.url ?? ""}: ${engine.error ?? ""}`)];
    case "ok":
    case "degraded":
    case "stalled":
      return checkRunning(engine);
  }
}

export function checkRunning({ state, url, error, threads }: EngineStatus): readonly Finding[] {
  const findings = threads.flatMap(checkThread);
  if (error !== null) {
    const todo = "See the findings about Redis and the stream, and the engine's log";
    findings.unshift(problem(ABOUT, `accepts no events (${error})`, todo));
  }
  if (state === "stalled") {
    const todo = "Find the cause in its log: the latest `error` has a `remedy`";
    findings.unshift(problem(ABOUT, "stalled: entries are waiting and none is stored", todo));
  }
  return findings.length > 0 ? findings : [ok(ABOUT, `${state}, at ${url ?? ""}`)];
}

function checkThread({ name, state, error }: EngineThread): readonly Finding[] {
  if (error !== null) {
    const todo = `Find the latest line of ${name} with an \`error\` in the engine's log, and follow its \`remedy\``;
    return [problem(ABOUT, `${name} fails to do its work (${error})`, todo)];
  }
  if (state === "running") return [];
  const todo = `Find out in the engine's log why ${name} failed`;
  return [warning(ABOUT, `${name} is not running (${state})`, todo)];
}
