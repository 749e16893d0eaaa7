import { join } from "node:path";
import { constants, createZstdCompress } from "node:zlib";
import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { DATA_DIR, readConfig } from "../../config/config.ts";
import { dumpTables, type TablesDump } from "../../store/backup/dump-tables.ts";
import type { GroupKey } from "../../stream/consumer-group.ts";
import { readServer } from "../../stream/inspect/read-server.ts";
import { type OutputFile, openOutput } from "../output-file.ts";
import { openProgress } from "../progress.ts";
import { type Servers, withServers } from "../servers.ts";
import { print, printError, type Shell } from "../shell.ts";
import { count, size } from "../text.ts";
import { type BackupInfo, FORMAT } from "./contents.ts";
import { withEmbedded } from "./embedded-servers.ts";
import { expectEmbedded } from "./external-servers.ts";
import { takeSnapshot } from "./take-snapshot.ts";
import { writeBackup } from "./write-backup.ts";

const HELP = `
The file has all tables and the stream. Every event accepted before the backup is in it, and counts once
after \`queueflow restore\`, whether it was stored yet or not; of those accepted meanwhile, some are. The
engine goes on; without one, the command starts its servers and stops them again. FILE is a tar archive
compressed with zstd, and appears once it is complete. It has no variables, no passwords of servers and no
salts of daily visitors.

- writes to standard output, as for a backup of a container or to another machine.

Examples:
  queueflow backup queueflow-$(date +%F).tar.zst
  docker exec CONTAINER queueflow backup - > queueflow.tar.zst`;

interface BackupFlags {
  readonly force?: boolean;
}

export function addBackupCommand(program: Command, shell: Shell): void {
  program
    .command("backup")
    .summary("back up the embedded servers to a file")
    .description("Backs up the embedded Redis and PostgreSQL to one file, while the engine runs.")
    .argument("<file>", "the file to write, or - for standard output")
    .option("--force", "replace the file if it exists")
    .addHelpText("after", HELP)
    .action(async (file: string, flags: BackupFlags) => await backup(shell, file, flags));
}

async function backup(shell: Shell, file: string, { force = false }: BackupFlags): Promise<void> {
  expectEmbedded(readConfig(shell.env), "backup");
  using output = openOutput(shell, file, force);
  const work = { failure: "Cannot back up", soFar: () => "before the backup was complete" };
  const rows = await withEmbedded(
    shell,
    async (connected) =>
      await withServers(
        connected,
        work,
        async (servers, signal) => await writeTo(output, { shell, servers, signal }),
      ),
  );
  const bytes = output.finish();
  if (bytes === undefined) return;
  print(
    shell,
    `Backed up all tables (${count(rows, "row")}) and the stream to ${file}, ${size(bytes)}.`,
  );
}

/** Returns how many rows it wrote. */
async function writeTo(
  output: OutputFile,
  { shell, servers, signal }: { shell: Shell; servers: Servers; signal: AbortSignal },
): Promise<number> {
  const { database, key } = servers;
  const redis = await servers.redis();
  const redisVersion = (await readServer(redis))?.get("redis_version") ?? "unknown";
  // Before the tables: an entry that leaves the stream after this is stored, and so in the later snapshot of the tables.
  const snapshot = await takeSnapshot(redis, {
    dataDir: join(shell.folder, DATA_DIR),
    stream: key.stream,
    signal,
  });
  using progress = openProgress(shell, "Backing up");
  let written = 0;
  await dumpTables(database, async (tables) => {
    warnOfOthers(shell, tables.otherTables);
    const info = backupInfo(tables, { key, redisVersion });
    const archive = writeBackup({
      info,
      snapshot,
      tables,
      onRows: (rows) => {
        written += rows;
        progress.update(count(written, "row"));
      },
    });
    const checksum = { [constants.ZSTD_c_checksumFlag]: 1 };
    await output.write(archive, createZstdCompress({ params: checksum }));
  });
  return written;
}

function backupInfo(
  { takenAt, postgresVersion, schema, tables }: TablesDump,
  { key, redisVersion }: { key: GroupKey; redisVersion: string },
): BackupInfo {
  return {
    format: FORMAT,
    id: Bun.randomUUIDv7(),
    created_at: takenAt,
    engine: packageJson.version,
    schema: [...schema],
    redis: redisVersion,
    postgres: postgresVersion,
    ...key,
    tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
  };
}

function warnOfOthers(shell: Shell, tables: readonly string[]): void {
  if (tables.length === 0) return;
  const names = tables.join(", ");
  printError(shell, `Not in the backup, because they are not the engine's: tables ${names}`);
}
