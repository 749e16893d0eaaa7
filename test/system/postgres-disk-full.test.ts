import { test } from "bun:test";
import { chownSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { KEEPER, openPostgresBench, Sent, survive } from "../support/postgres-bench.ts";
import { canMountDisk, mountSmallDisk } from "../support/small-disk.ts";

const TIMEOUT_MS = 360_000;

test.skipIf(!canMountDisk())(
  "every event is stored when the disk of the tables was full",
  async () => {
    using disk = mountSmallDisk("16m");
    await using bench = await openPostgresBench();
    const { admin, servers } = bench;
    const [row] = await admin`SELECT pg_backend_pid() AS pid`;
    const { uid, gid } = statSync(`/proc/${row?.["pid"]}`);
    const tables = join(disk.folder, "tables");
    mkdirSync(tables);
    chownSync(tables, uid, gid);
    await admin.unsafe(`CREATE TABLESPACE small OWNER ${KEEPER} LOCATION '${tables}'`);
    for (const table of ["events", "daily_site_users", "daily_site_path_counts"]) {
      await servers.sql.unsafe(`ALTER TABLE ${table} SET TABLESPACE small`);
    }
    await survive(
      bench,
      {
        begin: async () => disk.fill(),
        said: { level: "error", error: /No space left on device/ },
        end: async () => disk.free(),
      },
      new Sent(),
    );
  },
  TIMEOUT_MS,
);
