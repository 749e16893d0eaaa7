import { type Static, Type } from "@sinclair/typebox";
import type { TarEntry } from "./tar.ts";

/** A reader refuses any other. Raise it when older readers would restore a backup wrongly. */
export const FORMAT = 1;

/** The first entry. */
export const INFO_NAME = "queueflow-backup.json";
/** The last entry. A backup without it is incomplete. */
export const END_NAME = "end.json";

export const BackupInfo = Type.Object({
  format: Type.Integer(),
  id: Type.String(),
  /** When the tables were read, as an ISO string; the stream was read just before. */
  created_at: Type.String(),
  engine: Type.String(),
  /** Versions of the applied migrations. */
  schema: Type.Array(Type.Integer()),
  redis: Type.String(),
  postgres: Type.String(),
  stream: Type.String(),
  group: Type.String(),
  tables: Type.Array(
    Type.Object({
      name: Type.String(),
      columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
    }),
  ),
});

export type BackupInfo = Static<typeof BackupInfo>;

export const BackupEnd = Type.Object({
  /** Of all entries before, see `EntryDigest`. */
  sha256: Type.String(),
  rows: Type.Record(Type.String(), Type.Integer()),
  /** The last value of each sequence, as text. */
  sequences: Type.Record(Type.String(), Type.String()),
});

export type BackupEnd = Static<typeof BackupEnd>;

/** A piece of a file, and of a table in PostgreSQL's COPY text format: whole rows. */
export type BackupPart =
  | { readonly of: "snapshot"; readonly bytes: Uint8Array }
  | { readonly of: "table"; readonly table: string; readonly bytes: Uint8Array };

export function partName(part: BackupPart, number: number): string {
  const padded = String(number).padStart(6, "0");
  return part.of === "snapshot" ? `redis/${padded}.rdb` : `tables/${part.table}/${padded}.copy`;
}

/** Returns undefined for a name of no part. */
export function partOf({ name, bytes }: TarEntry): BackupPart | undefined {
  if (/^redis\/\d+\.rdb$/.test(name)) return { of: "snapshot", bytes };
  const [, table] = /^tables\/(\w+)\/\d+\.copy$/.exec(name) ?? [];
  return table === undefined ? undefined : { of: "table", table, bytes };
}

/** A checksum of names, lengths and contents of entries, in order. */
export class EntryDigest {
  readonly #hash = new Bun.CryptoHasher("sha256");

  add({ name, bytes }: TarEntry): void {
    this.#hash.update(`${name} ${bytes.length}\n`);
    this.#hash.update(bytes);
  }

  hex(): string {
    return this.#hash.digest("hex");
  }
}
