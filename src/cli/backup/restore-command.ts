import type { Command } from "commander";
import { DATA_DIR } from "../../config/config.ts";
import { CommandFailure, EXIT_INTERRUPTED } from "../command-failure.ts";
import { isUsageError } from "../servers.ts";
import { print, type Shell } from "../shell.ts";
import { count } from "../text.ts";
import { checkBackup } from "./check-backup.ts";
import { restoreBackup } from "./restore-backup.ts";

const HELP = `
Run it in the engine's folder while the engine is stopped. It loads the backup beside the existing data,
and replaces that only once everything is loaded: after a failure or an interruption the data is as it
was before, and you can run it again. It migrates a backup of an older version. Then start the engine,
and run \`queueflow verify\`.

With - it reads standard input. With --check it needs no servers and changes nothing.

Examples:
  queueflow restore --check queueflow.tar.zst
  queueflow restore queueflow.tar.zst`;

interface RestoreFlags {
  readonly force?: boolean;
  readonly check?: boolean;
}

export function addRestoreCommand(program: Command, shell: Shell): void {
  program
    .command("restore")
    .summary("restore the embedded servers from a backup")
    .description("Restores the embedded Redis and PostgreSQL from a file of `queueflow backup`.")
    .argument("<file>", "the backup, or - for standard input")
    .option("--force", `replace existing data, which is moved to a folder in ${DATA_DIR}`)
    .option("--check", "only check that the file is complete and undamaged")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: RestoreFlags) => await restore(shell, file, flags));
}

async function restore(
  shell: Shell,
  file: string,
  { force = false, check = false }: RestoreFlags,
): Promise<void> {
  const signal = shell.interruption();
  try {
    if (check) await printCheck(shell, file, signal);
    else await restoreBackup(shell, file, { force, signal });
  } catch (error) {
    if (signal.aborted) throw new CommandFailure(EXIT_INTERRUPTED, "Stopped; nothing was changed");
    if (error instanceof CommandFailure || isUsageError(error)) throw error;
    throw new CommandFailure(1, `Cannot restore ${file}`, { cause: error });
  }
}

async function printCheck(shell: Shell, file: string, signal: AbortSignal): Promise<void> {
  const { info, events } = await checkBackup(shell, file, signal);
  const made = `made ${info.created_at} by version ${info.engine}`;
  print(shell, `OK: ${file} is a complete backup of ${count(events, "event")}, ${made}.`);
}
