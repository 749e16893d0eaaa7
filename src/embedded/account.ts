import { existsSync, readFileSync, statSync } from "node:fs";
import { QueueFlowError } from "../errors.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** In order of preference. */
const UNPRIVILEGED_NAMES = ["postgres", "nobody"] as const;

/**
 * Returns the account for PostgreSQL, which refuses to run as root: the owner of existing data, else an unprivileged system account.
 * Undefined when the engine is not root.
 *
 * @throws QueueFlowError `embedded_server_failed` when the system has no such account.
 */
export function serverAccount(dataFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(dataFolder)) {
    const { uid, gid } = statSync(dataFolder);
    if (uid !== 0) return { uid, gid };
  }
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n").map(passwdEntry);
  for (const name of UNPRIVILEGED_NAMES) {
    const entry = accounts.find((account) => account.name === name && account.uid > 0);
    if (entry !== undefined) return { uid: entry.uid, gid: entry.gid };
  }
  throw new QueueFlowError(
    "embedded_server_failed",
    "PostgreSQL refuses to run as root, and this system has neither a postgres nor a nobody account: " +
      "start the engine as another user, or set DATABASE_URL",
  );
}

function passwdEntry(line: string): Account & { readonly name: string } {
  const [name = "", , uid, gid] = line.split(":");
  return { name, uid: Number(uid), gid: Number(gid) };
}
