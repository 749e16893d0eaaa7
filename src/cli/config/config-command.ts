import type { Command } from "commander";
import { DATA_DIR, environment, readConfig } from "../../config/config.ts";
import { type MistypedVariable, mistypedVariables } from "../../config/mistyped-variables.ts";
import { findEmbedded } from "../../embedded/find-embedded.ts";
import { printable } from "../../log/printable.ts";
import { readOrigins } from "./env-files.ts";
import { type Setting, settingsInForce } from "./settings.ts";

const HELP = `
Reads what an engine that is started here and now would read: the environment first, then the files
.env.development.local, .env.local, .env.development and .env of this folder, in which NODE_ENV stands
for "development" when it is set. Passwords are hidden. A name that is set and not read, but near to one
that is, is pointed out. Exits with 2 when a value is wrong.

Examples:
  queueflow config
  queueflow config --json | jq -r '.settings[] | select(.from != "default") | .name'`;

/** Adds `queueflow config`. */
export function addConfigCommand(program: Command): void {
  program
    .command("config")
    .summary("print the configuration in force, and where each value comes from")
    .description("Prints the configuration in force, and where each value comes from.")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(configCommand);
}

function configCommand({ json = false }: { json?: boolean }): void {
  const settings = settingsInForce({
    env: environment,
    originOf: readOrigins(process.cwd(), environment["NODE_ENV"] || undefined),
    embedded: findEmbedded(DATA_DIR) ?? {},
  });
  const mistyped = mistypedVariables(environment);
  const text = json
    ? `${JSON.stringify({ settings, mistyped }, null, 2)}\n`
    : `${[...table(settings), ...mistyped.map(mistypedText)].join("\n")}\n`;
  process.stdout.write(text);
  // It says what is wrong, after what there is.
  readConfig();
}

/** A name that is set and not read, in words. */
export function mistypedText({ name, meant }: MistypedVariable): string {
  return `${printable(name)} is set and not read: is ${meant} meant?`;
}

function table(settings: readonly Setting[]): string[] {
  const rows = settings.map(({ name, value, unit, from }) => {
    const isNumber = value !== null && /^\d+$/.test(value);
    return [name, printable(isNumber ? `${value} ${unit}`.trim() : (value ?? "-")), from] as const;
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(([name, value, from]) =>
    [name.padEnd(widths[0] ?? 0), value.padEnd(widths[1] ?? 0), from].join("  "),
  );
}
