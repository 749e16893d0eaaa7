import type { TablesDump } from "../../store/backup/dump-tables.ts";
import {
  type BackupEnd,
  type BackupInfo,
  type BackupPart,
  END_NAME,
  EntryDigest,
  INFO_NAME,
  partName,
} from "./contents.ts";
import { TAR_END, type TarEntry, tarEntry } from "./tar.ts";

export interface BackupSources {
  readonly info: BackupInfo;
  /** The file of Redis. */
  readonly snapshot: AsyncIterable<Uint8Array>;
  readonly tables: Pick<TablesDump, "read" | "readSequences">;
  readonly onRows: (rows: number) => void;
}

/** Yields an archive, holding one part in memory at a time. */
export async function* writeBackup({
  info,
  snapshot,
  tables,
  onRows,
}: BackupSources): AsyncGenerator<Uint8Array> {
  const digest = new EntryDigest();
  const mtime = Math.floor(Date.parse(info.created_at) / 1_000);
  const rows: Record<string, number> = {};
  let parts = 0;

  function* entry(added: TarEntry): Generator<Uint8Array> {
    digest.add(added);
    yield* tarEntry(added, mtime);
  }
  function* nextPart(part: BackupPart): Generator<Uint8Array> {
    parts += 1;
    yield* entry({ name: partName(part, parts), bytes: part.bytes });
  }

  yield* entry({ name: INFO_NAME, bytes: json(info) });
  for await (const bytes of snapshot) yield* nextPart({ of: "snapshot", bytes });
  for (const { name: table } of info.tables) {
    rows[table] = 0;
    for await (const part of tables.read(table)) {
      yield* nextPart({ of: "table", table, bytes: part.bytes });
      rows[table] += part.rows;
      onRows(part.rows);
    }
  }
  const sequences = await tables.readSequences();
  const end: BackupEnd = { sha256: digest.hex(), rows, sequences };
  yield* tarEntry({ name: END_NAME, bytes: json(end) }, mtime);
  yield TAR_END;
}

function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`);
}
