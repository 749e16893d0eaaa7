import type { EngineThread } from "../../administer/status/status-report.ts";
import { readGroups } from "../../stream/inspect/read-stream.ts";
import { type EngineStatus, readEngine } from "../engine-api.ts";
import type { Servers } from "../servers.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "engine";

/** Checks the engine running on this machine: servers may look healthy and still reject its writes. */
export async function checkEngine(servers: Servers): Promise<readonly Finding[]> {
  const engine = await readEngine(servers);
  switch (engine.state) {
    case "silent":
      return [];
    case "down":
      return [checkDown(engine, await shouldRun(servers))];
    case "ok":
    case "degraded":
    case "stalled":
      return checkRunning(engine);
  }
}

/** Returns false only before a first start. */
async function shouldRun(servers: Servers): Promise<boolean> {
  if (servers.engine !== undefined) return true;
  const { redisUrl, stream, group } = servers.config;
  if (redisUrl === undefined) return false;
  try {
    const redis = await servers.reachRedis();
    if (typeof redis === "string") return true;
    return (await readGroups(redis, stream)).some(({ name }) => name === group);
  } catch {
    // The findings about Redis say why.
    return true;
  }
}

function checkDown({ url, error }: EngineStatus, isExpected: boolean): Finding {
  const found = `does not answer at ${url ?? ""}: ${error ?? ""}`;
  if (!isExpected) return ok(ABOUT, `not started yet: ${found}`);
  const todo =
    "Start it, or see its log; API_HOST and API_PORT must be its address where they are set";
  return problem(ABOUT, found, todo);
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
