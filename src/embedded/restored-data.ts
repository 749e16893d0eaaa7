import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../log/log.ts";
import { endOrphans } from "./end-orphans.ts";
import { POSTGRES_ORPHANS } from "./postgres/postgres-server.ts";
import { writePrivateFile } from "./private-file.ts";
import { REDIS_ORPHANS } from "./redis/redis-server.ts";
import { syncPath } from "./sync-path.ts";

/** What a data folder keeps; the rest is logs, programs and state of a running engine. */
const KEPT = ["redis", "redis.password", "postgres", "postgres.password"] as const;

/** A data folder inside the data folder, which a restore fills. */
const STAGED = "restore";
/** Its name once it is complete: from then on, its data counts. */
const COMPLETE = "restore.complete";
/** Holds the data that it replaces, until that has a name of its own. */
const REPLACED = "replaced";
const BACKUP_ID = "backup.id";

export interface DataFolderOptions {
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function stagedFolder(dataDir: string): string {
  return join(dataDir, STAGED);
}

export function hasData(dataDir: string): boolean {
  return existsSync(join(dataDir, "redis")) || existsSync(join(dataDir, "postgres"));
}

/** Deletes what an interrupted restore left, with its servers. Returns whether there was any. The caller holds the folder's lock. */
export async function discardStaged(dataDir: string, options: DataFolderOptions): Promise<boolean> {
  const staged = stagedFolder(dataDir);
  if (!existsSync(staged)) return false;
  await endServers(staged, options);
  rmSync(staged, { recursive: true, force: true });
  return true;
}

/**
 * Makes the staged data that of the folder. Returns the folder of the data that was there before, if any. The caller holds the
 * folder's lock, and no server runs on the staged data.
 */
export async function commitStaged(
  dataDir: string,
  { backupId, ...options }: DataFolderOptions & { readonly backupId: string },
): Promise<string | undefined> {
  await endServers(dataDir, options);
  writePrivateFile(join(stagedFolder(dataDir), BACKUP_ID), backupId);
  renameSync(stagedFolder(dataDir), join(dataDir, COMPLETE));
  syncPath(dataDir);
  return finishCommit(dataDir);
}

/** Returns the id of the backup whose restore was interrupted after it was complete; empty when only its clean-up was. */
export function unfinishedCommit(dataDir: string): string | undefined {
  const complete = join(dataDir, COMPLETE);
  if (!existsSync(complete)) return undefined;
  const path = join(complete, BACKUP_ID);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Finishes a restore that was complete when it was interrupted, and discards one that was not. The caller holds the folder's lock. */
export async function settleRestore(dataDir: string, options: DataFolderOptions): Promise<void> {
  if (unfinishedCommit(dataDir) !== undefined) {
    finishCommit(dataDir);
    options.log.warn({ dataDir }, "An interrupted restore was complete; using its data");
  }
  if (await discardStaged(dataDir, options)) {
    options.log.warn({ dataDir }, "Discarded an incomplete restore; using the data from before it");
  }
}

/** Idempotent, so that it can go on after a kill at any point. */
export function finishCommit(dataDir: string): string | undefined {
  const complete = join(dataDir, COMPLETE);
  const replaced = join(complete, REPLACED);
  for (const name of KEPT) {
    if (!existsSync(join(complete, name))) continue;
    if (existsSync(join(dataDir, name))) {
      mkdirSync(replaced, { recursive: true, mode: 0o700 });
      renameSync(join(dataDir, name), join(replaced, name));
    }
    renameSync(join(complete, name), join(dataDir, name));
  }
  syncPath(dataDir);
  const kept = existsSync(replaced)
    ? join(dataDir, `replaced-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`)
    : undefined;
  if (kept !== undefined) renameSync(replaced, kept);
  rmSync(complete, { recursive: true, force: true });
  return kept;
}

async function endServers(dataDir: string, options: DataFolderOptions): Promise<void> {
  await endOrphans(join(dataDir, "redis"), { ...REDIS_ORPHANS, ...options });
  for (const folder of ["postgres", "postgres.new"]) {
    await endOrphans(join(dataDir, folder), { ...POSTGRES_ORPHANS, ...options });
  }
}
