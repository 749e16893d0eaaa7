import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** How long a start waits for the lock: a process that looks whether it is held has it for an instant. */
const LOCK_WAIT_MS = 500;

/** The right to run servers on a data folder; the kernel takes it back when the process ends. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process, or returns undefined when another live engine has it.
 *
 * The lock is SQLite's own lock on an empty database file: atomic, known to every system, and dropped
 * by the kernel when its process dies however it dies. A file with a process id in it is none of these:
 * two engines may find the same stale file at once, and ids are used again. Server processes do not
 * inherit it.
 */
export function lockFolder(dataDir: string): FolderLock | undefined {
  const database = new Database(lockPath(dataDir), { create: true });
  database.run(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`);
  if (isGranted(database, "BEGIN EXCLUSIVE")) return { release: () => database.close() };
  database.close();
  return undefined;
}

/** Whether a live engine, in this process or another, has the data folder. */
export function isFolderLocked(dataDir: string): boolean {
  if (!existsSync(lockPath(dataDir))) return false;
  const database = new Database(lockPath(dataDir), { readonly: true });
  try {
    // Any read takes the shared lock, which others that look may have at the same time.
    return !isGranted(database, "SELECT count(*) FROM sqlite_master");
  } finally {
    database.close();
  }
}

function lockPath(dataDir: string): string {
  return join(dataDir, "lock");
}

function isGranted(database: Database, statement: string): boolean {
  try {
    database.run(statement);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "SQLITE_BUSY") return false;
    throw thrown;
  }
}
