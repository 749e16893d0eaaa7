import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** `isFolderLocked` in another process holds the lock for an instant. */
const LOCK_WAIT_MS = 500;
/** Collected as garbage, an open database is closed, which would release the lock. */
const held = new Set<Database>();

export interface FolderLock {
  release(): void;
}

/**
 * Returns undefined when another running engine holds the lock. Uses SQLite's lock on an empty database file: atomic, portable, not
 * inherited by servers, and released by the kernel however the process exits.
 */
export function lockFolder(dataDir: string): FolderLock | undefined {
  const database = new Database(lockPath(dataDir), { create: true });
  database.run(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`);
  if (!isGranted(database, "BEGIN EXCLUSIVE")) {
    database.close();
    return undefined;
  }
  held.add(database);
  return {
    release() {
      held.delete(database);
      database.close();
    },
  };
}

export function isFolderLocked(dataDir: string): boolean {
  if (!existsSync(lockPath(dataDir))) return false;
  const database = new Database(lockPath(dataDir), { readonly: true });
  try {
    // Takes the shared lock, so concurrent checks do not exclude each other.
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
