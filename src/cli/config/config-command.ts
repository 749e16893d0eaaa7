import type { Command } from "commander";
import { readConfig } from "../../config/config.ts";
import { type MistypedVariable, mistypedVariables } from "../../config/mistyped-variables.ts";
import { printable } from "../../log/printable.ts";
import { print, type Shell } from "../shell.ts";
import { table } from "../text.ts";
import { effectiveSettings, type Setting } from "./settings.ts";

const HELP = `
Shows what an engine started now in this folder would read: the environment first, then the files
.env.development.local, .env.local, .env.development and .env of this folder; NODE_ENV, when set,
replaces "development" in these names. Passwords are hidden. Variables that are set, not read, and
named almost like one that is, are listed as likely typos. Exits with 2 when a value is invalid.

Examples:
  queueflow config
  queueflow config --json | jq -r '.settings[] | select(.from != "default") | .name'`;

export function addConfigCommand(program: Command, shell: Shell): void {
  program
    .command("config")
    .summary("print the configuration of an engine started now, and where each value comes from")
    .description(
      "Prints the configuration of an engine started now, and where each value comes from.",
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((flags: { json?: boolean }) => config(shell, flags));
}

function config(shell: Shell, { json = false }: { json?: boolean }): void {
  const settings = effectiveSettings(shell);
  const mistyped = mistypedVariables(shell.env);
  if (json) print(shell, JSON.stringify({ settings, mistyped }, null, 2));
  else print(shell, ...settingTable(settings), ...mistyped.map(mistypedText));
  // Reports invalid values after the table.
  readConfig(shell.env);
}

/** A variable that looks like a typo, as a sentence. */
export function mistypedText({ name, meant }: MistypedVariable): string {
  return `${printable(name)} is set but not read: did you mean ${meant}?`;
}

function settingTable(settings: readonly Setting[]): readonly string[] {
  const rows = settings.map(({ name, value, unit, from }) => {
    const isNumber = value !== null && /^\d+$/.test(value);
    return [
      name,
      isNumber ? `${value} ${value === "1" ? singular(unit) : unit}`.trim() : (value ?? "-"),
      from,
    ];
  });
  return table([["Variable", "Value", "Source"], ...rows]);
}

/** Leaves `ms` as it is. */
function singular(unit: string): string {
  return unit.replace(/(?<=\w{2})s$/, "");
}
