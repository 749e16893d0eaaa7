import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { DATA_DIR, type EngineConfig, readConfig } from "../../config/config.ts";
import { findEmbedded } from "../../embedded/find-embedded.ts";
import { lockFolder } from "../../embedded/folder-lock.ts";
import {
  commitStaged,
  discardStaged,
  finishCommit,
  hasData,
  stagedFolder,
  unfinishedCommit,
} from "../../embedded/restored-data.ts";
import { checkSchema } from "../../store/backup/load-tables.ts";
import { CommandFailure } from "../command-failure.ts";
import { openLogSource } from "../import/log-source.ts";
import { openProgress } from "../progress.ts";
import { print, type Shell } from "../shell.ts";
import { checkBackup } from "./check-backup.ts";
import type { BackupInfo } from "./contents.ts";
import { warningsTo } from "./embedded-servers.ts";
import { expectEmbedded } from "./external-servers.ts";
import { loadBackup } from "./load-backup.ts";
import { openBackup } from "./read-backup.ts";

export interface RestoreOptions {
  /** Replaces existing data. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/**
 * Restores the data folder from a file, or from standard input for `-`. Until the backup is loaded, the data stays as it is.
 *
 * @throws CommandFailure when the backup or the data folder is refused; QueueFlowError; the reason of `signal`.
 */
export async function restoreBackup(
  shell: Shell,
  file: string,
  { force, signal }: RestoreOptions,
): Promise<void> {
  const config = readConfig(shell.env);
  expectEmbedded(config, "restore");
  const dataDir = resolve(shell.folder, DATA_DIR);
  const source = openLogSource(shell, file);
  const backup = await openBackup(source.name, source.chunks);
  expectUsable(backup.info, config);
  using _ = lockData(dataDir);
  const interruptedId = unfinishedCommit(dataDir);
  const replacedBefore = interruptedId === undefined ? undefined : finishCommit(dataDir);
  if (interruptedId === backup.info.id) {
    printRestored(shell, backup.info, replacedBefore);
    return;
  }
  if (hasData(dataDir) && !force) throw hasDataFailure(dataDir);
  // A pipe can be read only once.
  if (source.partRead() !== undefined) await checkBackup(shell, file, signal);

  const options = { log: warningsTo(shell), signal };
  await discardStaged(dataDir, options);
  try {
    using progress = openProgress(shell, "Restoring");
    await loadBackup(backup, {
      dataDir: stagedFolder(dataDir),
      programsDir: dataDir,
      onPart: () => progress.update("of the backup", source.partRead()),
      ...options,
    });
  } catch (error) {
    await discardStaged(dataDir, { ...options, signal: AbortSignal.any([]) });
    throw error;
  }
  const replaced = await commitStaged(dataDir, { backupId: backup.info.id, ...options });
  printRestored(shell, backup.info, replaced);
}

function expectUsable({ schema, stream, group }: BackupInfo, config: EngineConfig): void {
  checkSchema(schema);
  if (stream === config.stream && group === config.group) return;
  const names = `the stream ${stream} and the group ${group}`;
  const expected = `Expected REDIS_STREAM and REDIS_GROUP to name ${names} of the backup`;
  throw new CommandFailure(1, `${expected}, got ${config.stream} and ${config.group}`);
}

/** Keeps engines from starting meanwhile. */
function lockData(dataDir: string): Disposable {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockFolder(dataDir);
  if (lock !== undefined) return { [Symbol.dispose]: () => lock.release() };
  const pid = findEmbedded(dataDir)?.pid;
  const who = pid === undefined ? "Another restore" : `An engine, process ${pid},`;
  throw new CommandFailure(1, `${who} runs on ${dataDir}: stop it, then restore`);
}

function hasDataFailure(dataDir: string): CommandFailure {
  const message = `${dataDir} has data: with --force, the restore moves it to a folder beside the restored data`;
  return new CommandFailure(1, message);
}

function printRestored(
  shell: Shell,
  { created_at: at, engine }: BackupInfo,
  replaced: string | undefined,
): void {
  print(shell, `Restored the backup made ${at} by version ${engine}.`);
  if (replaced !== undefined) print(shell, `The data from before is in ${replaced}.`);
  print(shell, "Start the engine, then run `queueflow verify`.");
}
