import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { addPackingRebuild } from "./rebuild-command.ts";
import { addPackingStatus } from "./status-command.ts";

const HELP = `
Stored events are packed into day chunks in the background, and reports read those.

Examples:
  queueflow packing status
  queueflow packing rebuild --site example.com --from 2026-01-01 --to 2026-01-31`;

export function addPackingCommand(program: Command, shell: Shell): void {
  const packing = program
    .command("packing")
    .summary("show how far events are packed, or pack days again")
    .description("Shows how far stored events are packed into day chunks, or packs days again.")
    .addHelpText("after", HELP);
  addPackingStatus(packing, shell);
  addPackingRebuild(packing, shell);
}
