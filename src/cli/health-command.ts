import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import type { Command } from "commander";
import { consumerPrefix } from "../config/config.ts";
import { activeConsumers } from "../stream/inspect/active-consumers.ts";
import { ofThoseThatAnswer } from "../stream/shards/of-those-that-answer.ts";
import { CommandFailure } from "./command-failure.ts";
import { requestEngine, unreachableText } from "./engine-api.ts";
import { Servers, withServers } from "./servers.ts";
import { print, type Shell } from "./shell.ts";

const ErrorAnswer = Type.Object({ message: Type.String() });

const HELP = `
Sends GET /health/ready to the engine of this folder, or to port API_PORT on this machine; a container's
health check can use it. With INGEST_WORKERS=0 there is no port: then asks Redis whether consumers of
this host, or of REDIS_CONSUMER, have read from the stream within CLAIM_IDLE_MS. Exits with 0 when the
engine is ready, otherwise with 1 and one line that says why.

Example:
  API_PORT=8080 queueflow health`;

export function addHealthCommand(program: Command, shell: Shell): void {
  program
    .command("health")
    .summary("check that the engine on this machine is ready")
    .description(
      "Checks that the engine on this machine accepts events, or stores them if it accepts none.",
    )
    .addHelpText("after", HELP)
    .action(async () => await health(shell));
}

async function health(shell: Shell): Promise<void> {
  const { apiUrl } = new Servers(shell);
  if (apiUrl === null) await checkStoring(shell);
  else await checkAccepting(`${apiUrl}/health/ready`);
  print(shell, "ready");
}

async function checkAccepting(url: string): Promise<void> {
  const answer = await requestEngine(url).catch((error: unknown) => {
    throw notReady(`no answer from ${url}: ${unreachableText(error)}`);
  });
  if (!answer.ok) throw notReady(`${url} returned ${answer.status}${await reasonIn(answer)}`);
}

/** Consumers that read nothing for CLAIM_IDLE_MS lose their entries to others. */
async function checkStoring(shell: Shell): Promise<void> {
  const owner = consumerPrefix(shell.env);
  await withServers(shell, { failure: "Not ready" }, async (servers) => {
    const { stream, claimIdleMs } = servers.config;
    const named = await ofThoseThatAnswer(
      await servers.shards(),
      async ({ redis, key }) => await activeConsumers(redis, key, claimIdleMs),
    );
    if (named.flat().some((name) => name.startsWith(owner))) return;
    throw notReady(`no consumer named ${owner}… has read from ${stream} for ${claimIdleMs} ms`);
  });
}

function notReady(why: string): CommandFailure {
  return new CommandFailure(1, `Not ready: ${why}`);
}

/** The message of the engine's error response. Another program on the port may return anything. */
async function reasonIn(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  return Value.Check(ErrorAnswer, body) ? `: ${body.message}` : "";
}
