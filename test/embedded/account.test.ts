import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OWN_ACCOUNT, serverAccount, takeOver } from "../../src/embedded/account.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { query, startBoth } from "./fixtures.ts";

// A first start creates a cluster, which takes seconds on a busy machine.
setDefaultTimeout(60_000);

const NOBODY = 65_534;
const SOMEBODY = 12_345;
const { signal } = new AbortController();

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log("SKIPPED: the tests of PostgreSQL's account, which only root chooses");

/** Returns the owners of all files in a folder, and of the folder. */
function ownersIn(folder: string): ReadonlySet<number> {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return new Set(["", ...names].map((name) => statSync(join(folder, name)).uid));
}

function giveTo(uid: number, folder: string): void {
  const { exitCode } = Bun.spawnSync(["chown", "-R", "-h", `${uid}:${uid}`, folder]);
  expect(exitCode).toBe(0);
}

/** A folder that looks like a cluster. */
function clusterOf(uid: number): string {
  const cluster = join(temporaryFolder("account"), "postgres");
  for (const name of ["base", "pg_wal", "pg_tblspc"])
    mkdirSync(join(cluster, name), { recursive: true });
  giveTo(uid, cluster);
  return cluster;
}

function idOf(name: string): number {
  return Number(Bun.spawnSync(["id", "-u", name]).stdout.toString());
}

describe.skipIf(!isRoot)("PostgreSQL's account", () => {
  test("is its own for a new cluster", async () => {
    const folder = temporaryFolder("account");
    await using _ = await startBoth(folder, { redis: false });
    expect(ownersIn(join(folder, "postgres"))).toEqual(new Set([idOf(OWN_ACCOUNT)]));
  });

  test("takes over the data of an older engine's account", async () => {
    const folder = temporaryFolder("account");
    {
      await using servers = await startBoth(folder, { redis: false });
      await query(servers.databaseUrl, "CREATE TABLE kept AS SELECT 42 AS answer");
    }
    giveTo(NOBODY, join(folder, "postgres"));
    const { log, records } = recordingLog();
    await using servers = await startBoth(folder, { redis: false, log });
    expect(await query(servers.databaseUrl, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    expect(ownersIn(join(folder, "postgres"))).toEqual(new Set([idOf(OWN_ACCOUNT)]));
    expect(records.map(({ sentence }) => sentence)).toContain(
      "Giving the database's files to the account of PostgreSQL",
    );
  });

  test("is the owner of data that a person chose", async () => {
    const { log } = recordingLog();
    const account = await serverAccount({ cluster: clusterOf(SOMEBODY), log, signal });
    expect(account).toEqual({ uid: SOMEBODY, gid: SOMEBODY });
  });

  test("stays where links lead out of the cluster", async () => {
    const cluster = clusterOf(NOBODY);
    const elsewhere = mkdtempSync(join(tmpdir(), "account-wal-"));
    renameSync(join(cluster, "pg_wal"), elsewhere);
    symlinkSync(elsewhere, join(cluster, "pg_wal"));
    const { log, records } = recordingLog();
    const account = await serverAccount({ cluster, log, signal });
    expect(account?.uid).toBe(NOBODY);
    expect(records).toMatchObject([
      { level: "warn", sentence: "Other programs of PostgreSQL's account can read its data" },
    ]);
  });

  test("gets no file that a link leads to", async () => {
    const cluster = clusterOf(NOBODY);
    const outside = temporaryFolder("account");
    symlinkSync(outside, join(cluster, "base", "link"));
    await takeOver(cluster, { uid: SOMEBODY, gid: SOMEBODY }, { log: recordingLog().log, signal });
    expect(statSync(join(cluster, "base")).uid).toBe(SOMEBODY);
    expect(statSync(outside).uid).toBe(0);
  });

  test("gets the rest after an interrupted change", async () => {
    const cluster = clusterOf(NOBODY);
    chownSync(join(cluster, "base"), SOMEBODY, SOMEBODY);
    await takeOver(cluster, { uid: SOMEBODY, gid: SOMEBODY }, { log: recordingLog().log, signal });
    expect(ownersIn(cluster)).toEqual(new Set([SOMEBODY]));
  });
});
