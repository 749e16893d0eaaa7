import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** A check by `isFolderLocked` in another process holds the lock for an instant. */
const LOCK_WAIT_MS = 500;

/** Exclusive use of a data folder. The kernel releases it when the process exits. */
export interface FolderLock {
  release(): void;
}

/**
 * Locks the data folder; returns undefined when another running engine holds it.
 *
 * Uses SQLite's lock on an empty database file: atomic, portable, not inherited by servers, and released by the kernel however
 * the process exits. A file with a process id is not: two engines may find the same stale file, and ids are reused.
 */
export function lockFolder(dataDir: string): FolderLock | undefined {
  const database = new Database(lockPath(dataDir), { create: true });
  database.run(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`);
  if (isGranted(database, "BEGIN EXCLUSIVE")) return { release: () => database.close() };
  database.close();
  return undefined;
}

export function isFolderLocked(dataDir: string): boolean {
  if (!existsSync(lockPath(dataDir))) return false;
  const database = new Database(lockPath(dataDir), { readonly: true });
  try {
    // A read takes the shared lock, so concurrent checks do not exclude each other.
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
