import type { Command } from "commander";
import { SEGMENTS } from "../../administer/definitions.ts";
import type { Shell } from "../shell.ts";
import { addDefinitionsCommand } from "./definitions-command.ts";
import { parseFiltersOption } from "./filters-option.ts";

const HELP = `
A segment names filters, which queries name in place of them.

Examples:
  queueflow segments set example.com Germany --filters '[["is","visit:country",["DE"]]]'
  queueflow segments list example.com
  queueflow segments remove example.com Germany`;

const SET_HELP = `
Example:
  queueflow segments set example.com Germany --filters '[["is","visit:country",["DE"]]]'`;

interface Flags {
  readonly filters: readonly unknown[];
}

export function addSegmentsCommand(program: Command, shell: Shell): void {
  addDefinitionsCommand<Flags>(program, shell, {
    kind: SEGMENTS,
    help: HELP,
    setHelp: SET_HELP,
    addOptions: (set) =>
      set.requiredOption("--filters <json>", "filters as in POST /query", parseFiltersOption),
    fieldsIn: ({ filters }) => ({ filters }),
  });
}
