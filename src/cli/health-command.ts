import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Command } from "commander";
import { readConfig } from "../config/config.ts";
import { CommandFailure } from "./command-failure.ts";
import { engineUrl, silenceText } from "./engine-url.ts";

/** Longer than the server takes to say that it is not ready, and shorter than a container's patience. */
const TIMEOUT_MS = 2_500;

const ErrorAnswer = Type.Object({ message: Type.String() });
type ErrorAnswer = Static<typeof ErrorAnswer>;

const HELP = `
Asks GET /health/ready on port API_PORT of this machine, as the container's health check does. Exits
with 0 when events can be accepted now, or never are (INGEST_WORKERS=0), else with 1 and one line that
says why not.

Example:
  API_PORT=8080 queueflow health`;

/** Adds `queueflow health`. */
export function addHealthCommand(program: Command): void {
  program
    .command("health")
    .summary("ask the engine on this machine whether it accepts events")
    .description("Asks the engine on this machine whether it accepts events.")
    .addHelpText("after", HELP)
    .action(healthCommand);
}

async function healthCommand(): Promise<void> {
  const config = readConfig();
  if (config.ingestWorkers === 0) {
    process.stdout.write("accepts no events by design (INGEST_WORKERS=0)\n");
    return;
  }
  const url = engineUrl(config, "/health/ready");
  const answer = await fetchOrFail(url);
  if (!answer.ok) {
    const why = await reasonIn(answer);
    throw new CommandFailure(1, `Not ready: ${url} answers ${answer.status}${why}`);
  }
  process.stdout.write("ready\n");
}

async function fetchOrFail(url: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
  } catch (error) {
    throw new CommandFailure(1, `Not ready: ${url} does not answer: ${silenceText(error)}`);
  }
}

/** The message of the API's error answer; other programs may use the port and answer anything. */
async function reasonIn(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  return Value.Check(ErrorAnswer, body) ? `: ${(body satisfies ErrorAnswer).message}` : "";
}
