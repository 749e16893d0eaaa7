import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { environment } from "../../config/config.ts";
import { printable } from "../../log/printable.ts";
import { CommandFailure } from "../command-failure.ts";
import { count } from "../plain-text.ts";
import { type Finding, ok } from "./finding.ts";
import { lookAtConfiguration } from "./look-at-configuration.ts";
import { lookAtEngine } from "./look-at-engine.ts";
import { lookAtMachine } from "./look-at-machine.ts";
import { lookAtPostgres } from "./look-at-postgres.ts";
import { lookAtRedis } from "./look-at-redis.ts";

const HELP = `
Looks at the configuration, at Redis and at PostgreSQL as an engine that is started here would use them,
asks the one that runs here how it is, and changes nothing. Each line is ok, a warning or a problem, with what to do. Exits with 0 when nothing
is a problem, else with 1.

Examples:
  queueflow doctor
  queueflow doctor --json | jq '.findings[] | select(.state != "ok")'`;

/** Adds `queueflow doctor`. */
export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("look for what is wrong with the configuration and the servers, and say what to do")
    .description(
      "Looks for what is wrong with the configuration and the servers, and says what to do.",
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(doctorCommand);
}

async function doctorCommand({ json = false }: { json?: boolean }): Promise<void> {
  const findings = await lookAtAll();
  const problems = findings.filter(({ state }) => state === "problem").length;
  const warnings = findings.filter(({ state }) => state === "warning").length;
  const sum = `${count(problems, "problem")}, ${count(warnings, "warning")}`;
  const text = json
    ? JSON.stringify({ problems, warnings, findings }, null, 2)
    : [...findings.flatMap(linesOf), "", `${sum}.`].join("\n");
  process.stdout.write(`${text}\n`);
  if (problems > 0) throw new CommandFailure(1, `Found ${count(problems, "problem")}`);
}

async function lookAtAll(): Promise<readonly Finding[]> {
  const version = ok("version", `QueueFlow ${packageJson.version}, Bun ${Bun.version}`);
  const { config, findings } = lookAtConfiguration(environment);
  if (config === undefined) return [version, ...findings];
  const servers = await Promise.all([
    lookAtRedis(config),
    lookAtPostgres(config),
    lookAtEngine(config),
  ]);
  return [version, ...findings, ...lookAtMachine(config), ...servers.flat()];
}

function linesOf({ about, state, found, todo }: Finding): readonly string[] {
  const line = `${state.padEnd("problem".length)}  ${about.padEnd(17)}  ${printable(found)}`;
  return todo === undefined ? [line] : [line, `${" ".repeat(28)}to do: ${printable(todo)}`];
}
