import { QueueFlowError } from "../../errors.ts";

/** The format of all columns that this binary writes, and the only one that it reads. */
export const COLUMN_FORMAT = 1;

/** Shorter columns hardly shrink, and a call takes microseconds. */
const COMPRESSED_BYTES_MIN = 64;
const ZSTD_LEVEL = 3;
const IS_COMPRESSED = 0x80;
/** Format, mode and CRC-32. */
const HEADER_BYTES = 6;

export interface ColumnContent {
  /** What the bytes depend on besides the number of events: 0 to 127. */
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** Which column of which chunk. */
export interface ColumnPlace {
  readonly name: string;
  /** Of the chunk. */
  readonly events: number;
}

/** Returns a column as it is stored: compressed where that helps, with a checksum. */
export function sealColumn(place: ColumnPlace, { mode, bytes }: ColumnContent): Uint8Array {
  const compressed =
    bytes.length < COMPRESSED_BYTES_MIN
      ? bytes
      : Bun.zstdCompressSync(bytes, { level: ZSTD_LEVEL });
  const isSmaller = compressed.length < bytes.length;
  const stored = isSmaller ? compressed : bytes;
  const sealed = new Uint8Array(HEADER_BYTES + stored.length);
  sealed[0] = COLUMN_FORMAT;
  sealed[1] = mode | (isSmaller ? IS_COMPRESSED : 0);
  sealed.set(stored, HEADER_BYTES);
  viewOf(sealed).setUint32(2, checksum(place, sealed), true);
  return sealed;
}

/** @throws QueueFlowError `chunk_damaged` unless `sealColumn` has returned these bytes for this place. */
export function openColumn(place: ColumnPlace, sealed: Uint8Array): ColumnContent {
  const { name } = place;
  const [format = 0, flags = 0] = sealed;
  if (sealed.length < HEADER_BYTES) throw damagedColumn(name, `has only ${sealed.length} bytes`);
  if (format !== COLUMN_FORMAT) {
    throw damagedColumn(name, `has format ${format}, and this binary reads ${COLUMN_FORMAT}`);
  }
  if (viewOf(sealed).getUint32(2, true) !== checksum(place, sealed)) {
    throw damagedColumn(name, "does not match its checksum");
  }
  const stored = sealed.subarray(HEADER_BYTES);
  const isCompressed = (flags & IS_COMPRESSED) !== 0;
  const { buffer, byteOffset, length } = isCompressed ? decompress(name, stored) : stored;
  // The slices of a Buffer are no copies.
  return { mode: flags & ~IS_COMPRESSED, bytes: new Uint8Array(buffer, byteOffset, length) };
}

export function damagedColumn(name: string, problem: string, cause?: unknown): QueueFlowError {
  return new QueueFlowError("chunk_damaged", `Column ${name} of a chunk ${problem}`, { cause });
}

function decompress(name: string, stored: Uint8Array): Uint8Array {
  try {
    return Bun.zstdDecompressSync(stored);
  } catch (error) {
    throw damagedColumn(name, "does not decompress", error);
  }
}

function checksum({ name, events }: ColumnPlace, sealed: Uint8Array): number {
  const ofPlace = Bun.hash.crc32(`${name} ${events} ${sealed[0]} ${sealed[1]}`);
  return Bun.hash.crc32(sealed.subarray(HEADER_BYTES), ofPlace);
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
