import type { EngineConfig } from "../../config/config.ts";
import { type EngineStatus, type EngineThread, readEngine } from "../status/read-engine.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "engine";

/** Asks the engine on this machine, if one runs, how it is: a server may look well and take no writes all the same. */
export async function lookAtEngine(config: EngineConfig): Promise<readonly Finding[]> {
  const engine = await readEngine(config);
  switch (engine.state) {
    case "silent":
      return [];
    case "down":
      return [ok(ABOUT, `none answers at ${engine.url ?? ""}: ${engine.error ?? ""}`)];
    case "ok":
    case "degraded":
    case "stalled":
      return lookAtRunning(engine);
  }
}

/** Tells what a running engine has to complain of. */
export function lookAtRunning({ state, url, error, threads }: EngineStatus): readonly Finding[] {
  const findings = threads.flatMap(lookAtThread);
  if (error !== null) {
    const todo = "See what is said here of Redis and of the stream, and the engine's log";
    findings.unshift(problem(ABOUT, `it accepts no events (${error})`, todo));
  }
  if (state === "stalled") {
    const todo = "See in its log why none is stored: the newest `error` has a `remedy`";
    findings.unshift(problem(ABOUT, "it is stalled: entries wait and none is stored", todo));
  }
  return findings.length > 0 ? findings : [ok(ABOUT, `it is ${state}, at ${url ?? ""}`)];
}

function lookAtThread({ name, state, error }: EngineThread): readonly Finding[] {
  if (error !== null) {
    const todo = `See the newest line of ${name} in the engine's log with an \`error\`, and its \`remedy\``;
    return [problem(ABOUT, `the work of ${name} fails (${error})`, todo)];
  }
  if (state === "running") return [];
  const todo = `See in the engine's log what ${name} died of`;
  return [warning(ABOUT, `${name} does not run, it is ${state}`, todo)];
}
