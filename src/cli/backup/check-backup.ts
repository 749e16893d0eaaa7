import { openLogSource } from "../import/log-source.ts";
import { openProgress } from "../progress.ts";
import type { Shell } from "../shell.ts";
import type { BackupInfo } from "./contents.ts";
import { openBackup } from "./read-backup.ts";

export interface CheckedBackup {
  readonly info: BackupInfo;
  readonly events: number;
}

/**
 * Reads a whole backup.
 *
 * @throws CommandFailure when it is damaged or incomplete; QueueFlowError `invalid_usage` when there is no such file.
 */
export async function checkBackup(
  shell: Shell,
  file: string,
  signal: AbortSignal,
): Promise<CheckedBackup> {
  const source = openLogSource(shell, file);
  using progress = openProgress(shell, "Checking");
  const backup = await openBackup(source.name, source.chunks);
  const { rows } = await backup.read(() => {
    signal.throwIfAborted();
    progress.update("of the backup", source.partRead());
  });
  return { info: backup.info, events: rows["events"] ?? 0 };
}
