import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Command } from "commander";
import { CommandFailure } from "./command-failure.ts";
import { requestEngine, unreachableText } from "./engine-api.ts";
import { Servers } from "./servers.ts";
import { print, type Shell } from "./shell.ts";

const ErrorAnswer = Type.Object({ message: Type.String() });

const HELP = `
Sends GET /health/ready to the engine of this folder, or to port API_PORT on this machine; a container's
health check can use it. Exits with 0 when the engine accepts events, or accepts none by design (INGEST_WORKERS=0); otherwise with 1
and one line that says why.

Example:
  API_PORT=8080 queueflow health`;

export function addHealthCommand(program: Command, shell: Shell): void {
  program
    .command("health")
    .summary("check that the engine on this machine accepts events")
    .description("Checks that the engine on this machine accepts events.")
    .addHelpText("after", HELP)
    .action(async () => await health(shell));
}

async function health(shell: Shell): Promise<void> {
  const { apiUrl } = new Servers(shell);
  if (apiUrl === null) {
    print(shell, "accepts no events by design (INGEST_WORKERS=0)");
    return;
  }
  const url = `${apiUrl}/health/ready`;
  const answer = await requestEngine(url).catch((error: unknown) => {
    throw new CommandFailure(1, `Not ready: no answer from ${url}: ${unreachableText(error)}`);
  });
  if (!answer.ok) {
    throw new CommandFailure(
      1,
      `Not ready: ${url} returned ${answer.status}${await reasonIn(answer)}`,
    );
  }
  print(shell, "ready");
}

/** The message of the engine's error response. Another program on the port may return anything. */
async function reasonIn(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  return Value.Check(ErrorAnswer, body) ? `: ${body.message}` : "";
}
