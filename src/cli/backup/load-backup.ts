import { unlessAborted } from "../../async/deadline.ts";
import { SnapshotTarget } from "../../embedded/redis/snapshot.ts";
import { type EmbeddedServers, startEmbedded } from "../../embedded/start-embedded.ts";
import { QueueFlowError } from "../../errors.ts";
import type { Log } from "../../log/log.ts";
import { TableLoader } from "../../store/backup/load-tables.ts";
import { Database } from "../../store/database.ts";
import type { OpenBackup } from "./read-backup.ts";

const CLOSE_TIMEOUT_MS = 2_000;

export interface LoadOptions {
  /** An empty data folder. */
  readonly dataDir: string;
  /** Where programs are looked for and kept. */
  readonly programsDir: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onPart: () => void;
}

/**
 * Makes a data folder from a backup, and stops its servers again.
 *
 * @throws CommandFailure when the backup is damaged; QueueFlowError when a server fails; the reason of `signal`.
 */
export async function loadBackup(backup: OpenBackup, options: LoadOptions): Promise<void> {
  const { dataDir, programsDir, log, signal, onPart } = options;
  await using loading = new AsyncDisposableStack();
  const snapshot = new SnapshotTarget(dataDir);
  let loader: TableLoader | undefined;

  async function begin(): Promise<TableLoader> {
    snapshot.finish();
    const servers = await startEmbedded({
      dataDir,
      programsDir,
      redis: true,
      postgres: true,
      log,
      onFatal: () => undefined, // The statement in progress fails.
      signal,
    });
    loading.use(servers);
    const database = new Database({ url: databaseUrlOf(servers), connectionsMax: 1 });
    loading.defer(async () => await database.close(CLOSE_TIMEOUT_MS));
    return await TableLoader.create(database, backup.info, log);
  }

  async function load(): Promise<void> {
    const end = await backup.read(async (part) => {
      onPart();
      if (part.of === "snapshot") {
        snapshot.write(part.bytes);
        return;
      }
      loader ??= await begin();
      await loader.load(part.table, part.bytes);
    });
    loader ??= await begin();
    await loader.finish(end.sequences, log);
  }
  await unlessAborted(load(), signal);
}

function databaseUrlOf({ databaseUrl }: EmbeddedServers): string {
  if (databaseUrl !== undefined) return databaseUrl;
  throw new QueueFlowError("internal", "An embedded server started without a URL");
}
