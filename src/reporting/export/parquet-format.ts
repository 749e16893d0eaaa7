import {
  type BasicType,
  ByteWriter,
  type ColumnSource,
  ParquetWriter,
  schemaFromColumnData,
} from "hyparquet-writer";
import {
  type ExportDay,
  type ExportFormat,
  type ExportWriter,
  writtenEvents,
} from "./export-day.ts";
import { EXPORT_FIELDS, type ExportFieldName } from "./export-fields.ts";
import { type FieldValues, fieldValues } from "./field-values.ts";

/** Readers skip whole row groups, and each costs a page of metadata. */
const ROW_GROUP_ROWS = 50_000;

interface ParquetField {
  readonly type: BasicType;
  readonly nullable: boolean;
  readonly convert: (text: string) => unknown;
}

const REQUIRED: ParquetField = { type: "STRING", nullable: false, convert: (text) => text };
const TEXT: ParquetField = { ...REQUIRED, nullable: true };
const FIELDS: Readonly<Partial<Record<ExportFieldName, ParquetField>>> = {
  site_id: REQUIRED,
  event_type: REQUIRED,
  path: REQUIRED,
  user_id: REQUIRED,
  timestamp: { type: "TIMESTAMP", nullable: false, convert: (text) => new Date(text) },
  engaged_ms: { type: "INT32", nullable: true, convert: Number },
};

/** One file with a column a field, compressed by zstd. `properties` is JSON text. */
export const PARQUET_EXPORT: ExportFormat = {
  mediaType: "application/vnd.apache.parquet",
  extension: "parquet",
  open: () => new ParquetExport(),
};

class ParquetExport implements ExportWriter {
  readonly #bytes = new ByteWriter();
  readonly #parquet = new ParquetWriter({
    writer: this.#bytes,
    schema: schemaFromColumnData({ columnData: columnsOf(() => []) }),
    codec: "ZSTD",
    compressors: { ZSTD: (bytes) => Bun.zstdCompressSync(bytes) },
    createdBy: "queueflow",
  });
  readonly #held = new Map<ExportFieldName, unknown[]>(EXPORT_FIELDS.map((name) => [name, []]));
  #rows = 0;
  #values: readonly (readonly [ExportFieldName, FieldValues<unknown> | undefined])[] = [];
  #day: ExportDay | undefined;

  begin: ExportWriter["begin"] = (day) => {
    this.#values = EXPORT_FIELDS.map((name) => [
      name,
      fieldValues(day, name, fieldOf(name).convert),
    ]);
    this.#day = day;
  };

  rows: ExportWriter["rows"] = ({ from, to }) => {
    for (const [name, valueOf] of this.#values) {
      const held = this.#held.get(name) ?? [];
      for (const [place, i] of writtenEvents(this.#day, { from, to })) {
        held.push(valueOf?.(place, i) ?? null);
      }
      this.#rows = held.length;
    }
    if (this.#rows >= ROW_GROUP_ROWS) this.#writeGroup();
    return this.#take();
  };

  end: ExportWriter["end"] = () => {
    if (this.#rows > 0) this.#writeGroup();
    void this.#parquet.finish();
    return this.#take();
  };

  #writeGroup(): void {
    const columnData = columnsOf((name) => this.#held.get(name) ?? []);
    // Without a flush of the writer it is done at once.
    void this.#parquet.write({ columnData, rowGroupSize: this.#rows });
    for (const name of EXPORT_FIELDS) this.#held.set(name, []);
    this.#rows = 0;
  }

  #take(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.index === 0) return new Uint8Array(0);
    const taken = new Uint8Array(this.#bytes.getBuffer());
    this.#bytes.index = 0;
    return taken;
  }
}

function columnsOf(dataOf: (name: ExportFieldName) => unknown[]): ColumnSource[] {
  return EXPORT_FIELDS.map((name) => {
    const { type, nullable } = fieldOf(name);
    return { name, type, nullable, data: dataOf(name) };
  });
}

function fieldOf(name: ExportFieldName): ParquetField {
  return FIELDS[name] ?? TEXT;
}
