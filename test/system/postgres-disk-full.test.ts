import { expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KEEPER, openPostgresBench, Sent, survive } from "../support/postgres-bench.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TIMEOUT_MS = 360_000;
const BLOCK_BYTES = 65_536;

/** A disk of 16 MB. */
interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Takes all the space that is left. */
  fill(): void;
  free(): void;
}

/** Mounts one, which only root may, and not in every container. */
function mountSmallDisk(): SmallDisk {
  const parent = temporaryFolder("disk");
  chmodSync(parent, 0o711);
  const folder = join(parent, "disk");
  mkdirSync(folder);
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]);
  if (exitCode !== 0) throw new Error("A small disk cannot be mounted");
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const block = new Uint8Array(BLOCK_BYTES);
      expect(() => {
        for (;;) writeFileSync(ballast, block, { flag: "a" });
      }).toThrow("ENOSPC");
    },
    free: () => rmSync(ballast),
    [Symbol.dispose]: () => void Bun.spawnSync(["umount", "-l", folder]),
  };
}

function canMount(): boolean {
  try {
    mountSmallDisk()[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!canMount())(
  "every event is kept, the error said once, and the backlog stored when the disk of the tables is full",
  async () => {
    using disk = mountSmallDisk();
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
