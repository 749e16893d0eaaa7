import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { CommandFailure } from "../command-failure.ts";
import { withServers } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count, table } from "../text.ts";
import { checkConfiguration } from "./check-configuration.ts";
import { checkEngine } from "./check-engine.ts";
import { checkMachine } from "./check-machine.ts";
import { checkPostgres } from "./check-postgres.ts";
import { checkRedis } from "./check-redis.ts";
import { checkShards } from "./check-shards.ts";
import { type Finding, ok } from "./finding.ts";

const HELP = `
Checks the configuration, Redis and PostgreSQL the way an engine started here would use them, asks the
engine running here for its state, and changes nothing. Each finding is ok, a warning, or a problem with
what to do. Exits with 1 when there is a problem, else with 0.

Examples:
  queueflow doctor
  queueflow doctor --json | jq '.findings[] | select(.state != "ok")'`;

export function addDoctorCommand(program: Command, shell: Shell): void {
  program
    .command("doctor")
    .summary("find problems with the configuration and the servers, and say what to do")
    .description("Finds problems with the configuration and the servers, and says what to do.")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (flags: { json?: boolean }) => await doctor(shell, flags));
}

async function doctor(shell: Shell, { json = false }: { json?: boolean }): Promise<void> {
  const findings = await checkAll(shell);
  const problems = findings.filter(({ state }) => state === "problem").length;
  const warnings = findings.filter(({ state }) => state === "warning").length;
  if (json) print(shell, JSON.stringify({ problems, warnings, findings }, null, 2));
  else {
    const summary = `${count(problems, "problem")}, ${count(warnings, "warning")}.`;
    print(shell, ...table(findings.flatMap(rowsOf)), "", summary);
  }
  if (problems > 0) throw new CommandFailure(1, `Found ${count(problems, "problem")}`);
}

async function checkAll(shell: Shell): Promise<readonly Finding[]> {
  const version = ok("version", `QueueFlow ${packageJson.version}, Bun ${Bun.version}`);
  const { config, findings } = checkConfiguration(shell.env);
  if (config === undefined) return [version, ...findings];
  const work = { failure: "Cannot check the servers" };
  const ofServers = await withServers(
    shell,
    work,
    async (servers) =>
      await Promise.all([
        checkRedis(servers),
        checkShards(servers),
        checkPostgres(servers),
        checkEngine(servers),
      ]),
  );
  return [version, ...findings, ...checkMachine(config, shell.folder), ...ofServers.flat()];
}

function rowsOf({ state, about, found, todo }: Finding): readonly (readonly string[])[] {
  const row = [state, about, found];
  return todo === undefined ? [row] : [row, ["", "", `to do: ${todo}`]];
}
