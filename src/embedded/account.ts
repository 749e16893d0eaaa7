import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import { runCommand } from "./run-command.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Of PostgreSQL alone, which another account could otherwise read through /proc. */
export const OWN_ACCOUNT = "queueflow-postgres";
/** In order of preference, where that account cannot be created. */
const SHARED_ACCOUNTS = ["postgres", "nobody"] as const;
const PASSWD = "/etc/passwd";

export interface AccountOptions {
  readonly cluster: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Returns the account for PostgreSQL, which refuses to run as root: the owner of existing data unless other programs use that account,
 * else one of its own, created when missing. Undefined when the engine is not root.
 *
 * @throws QueueFlowError `embedded_server_failed` when there is no account.
 */
export async function serverAccount(options: AccountOptions): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { cluster, log } = options;
  const owner = ownerOf(cluster);
  const shared = SHARED_ACCOUNTS.map(accountNamed).filter((account) => account !== undefined);
  const isShared = shared.some(({ uid }) => uid === owner?.uid);
  if (owner !== undefined && owner.uid !== 0 && !isShared) return owner;
  if (isShared && isSpread(cluster)) {
    warnOfSharing(
      log,
      "Its data is in several folders: stop the engine, and give them all to one account",
    );
    return owner;
  }
  const own = accountNamed(OWN_ACCOUNT) ?? (await createAccount(options));
  if (own !== undefined) return own;
  const [first] = shared;
  if (first === undefined) throw noAccount();
  warnOfSharing(
    log,
    `Create the system account ${OWN_ACCOUNT}, or start the engine as another user`,
  );
  return isShared ? owner : first;
}

/** Gives a cluster of a shared account to another one. The top folder is last: an interrupted change is made again. */
export async function takeOver(
  cluster: string,
  account: Account | undefined,
  { log, signal }: Omit<AccountOptions, "cluster">,
): Promise<void> {
  if (account === undefined || (ownerOf(cluster) ?? account).uid === account.uid) return;
  log.info({ cluster, ...account }, "Giving the database's files to the account of PostgreSQL");
  // The program, unlike a walk by paths, cannot be led out of the folder by links that the former account makes meanwhile.
  const flags = ["--recursive", "--no-dereference", "-P"];
  await runCommand(["chown", ...flags, `${account.uid}:${account.gid}`, cluster], { signal });
}

function ownerOf(path: string): Account | undefined {
  if (!existsSync(path)) return undefined;
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

/** Whether links lead to parts of the cluster elsewhere, which a change of owner would not reach. */
function isSpread(cluster: string): boolean {
  const tablespaces = join(cluster, "pg_tblspc");
  const wal = lstatSync(join(cluster, "pg_wal"), { throwIfNoEntry: false });
  return (
    wal?.isSymbolicLink() === true ||
    (existsSync(tablespaces) && readdirSync(tablespaces).length > 0)
  );
}

async function createAccount({ log, signal }: AccountOptions): Promise<Account | undefined> {
  const flags = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"];
  const command = ["useradd", ...flags, "--shell", "/usr/sbin/nologin", OWN_ACCOUNT];
  try {
    await runCommand(command, { signal });
    log.info({ account: OWN_ACCOUNT }, "Created a system account for the embedded PostgreSQL");
  } catch (thrown) {
    signal.throwIfAborted();
    // Another engine may have created it concurrently.
    if (accountNamed(OWN_ACCOUNT) === undefined) {
      log.info({ account: OWN_ACCOUNT, error: errorText(thrown) }, "Cannot create an account");
    }
  }
  return accountNamed(OWN_ACCOUNT);
}

function warnOfSharing(log: Log, remedy: string): void {
  log.warn({ remedy }, "Other programs of PostgreSQL's account can read its data");
}

function noAccount(): QueueFlowError {
  return new QueueFlowError(
    "embedded_server_failed",
    `PostgreSQL refuses to run as root, and this system has no account for it: create ${OWN_ACCOUNT}, start the engine as another user, or set DATABASE_URL`,
  );
}

function accountNamed(wanted: string): Account | undefined {
  for (const line of readFileSync(PASSWD, "utf8").split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name === wanted && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
