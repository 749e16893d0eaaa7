const BLOCK_BYTES = 512;
const NAME_BYTES_MAX = 100;
/** Bounds what a damaged size makes a reader allocate. */
const ENTRY_BYTES_MAX = 1024 * 1024 * 1024;

/** Offset and length of the fields of a header that are used (POSIX.1-1988, "ustar"). */
const FIELDS = {
  name: [0, NAME_BYTES_MAX],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;
const MAGIC = "ustar\x0000";
const REGULAR_FILE = "0";

export interface TarEntry {
  /** ASCII, at most 100 characters. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK_BYTES);

/** The bytes of an entry that only its owner can read once extracted. `mtime` is in seconds since 1970. */
export function* tarEntry({ name, bytes }: TarEntry, mtime: number): Generator<Uint8Array> {
  const header = Buffer.alloc(BLOCK_BYTES);
  const write = (field: keyof typeof FIELDS, text: string): void =>
    void header.write(text, FIELDS[field][0], "latin1");
  const writeOctal = (field: keyof typeof FIELDS, number: number): void =>
    write(field, number.toString(8).padStart(FIELDS[field][1] - 1, "0"));
  write("name", name);
  writeOctal("mode", 0o600);
  writeOctal("uid", 0);
  writeOctal("gid", 0);
  writeOctal("size", bytes.length);
  writeOctal("mtime", mtime);
  write("type", REGULAR_FILE);
  write("magic", MAGIC);
  writeOctal("checksum", checksumOf(header));
  yield header;
  yield bytes;
  yield new Uint8Array(paddingOf(bytes.length));
}

/**
 * Reads an archive of `tarEntry` and `TAR_END`, one entry at a time.
 *
 * @throws TarError when it is truncated, damaged or no such archive.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = new ByteSource(chunks);
  for (;;) {
    const header = await source.take(BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) break;
    const read = (field: keyof typeof FIELDS): string => {
      const [offset, length] = FIELDS[field];
      return header.toString("latin1", offset, offset + length).replace(/\0.*$/s, "");
    };
    const size = Number.parseInt(read("size"), 8);
    const isSound = read("checksum") === checksumOf(header).toString(8).padStart(7, "0");
    if (!isSound || !(size <= ENTRY_BYTES_MAX)) throw new TarError("a header is damaged");
    const bytes = await source.take(size);
    await source.take(paddingOf(size));
    yield { name: read("name"), bytes };
  }
  await source.take(BLOCK_BYTES);
  if (!(await source.isAtEnd())) throw new TarError("bytes follow its end");
}

export class TarError extends Error {
  override readonly name = "TarError";
}

class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(bytes: number): Promise<Buffer> {
    const taken: Uint8Array[] = [];
    for (let left = bytes; left > 0; ) {
      if (await this.isAtEnd()) throw new TarError("its end is missing");
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      taken.push(piece);
    }
    return Buffer.concat(taken);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
    return false;
  }
}

/** Sums the header's bytes, with spaces for the checksum itself. */
function checksumOf(header: Buffer): number {
  const [offset, length] = FIELDS.checksum;
  const own = header.subarray(offset, offset + length);
  return sumOf(header) - sumOf(own) + length * 32;
}

function sumOf(bytes: Buffer): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}

function paddingOf(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
