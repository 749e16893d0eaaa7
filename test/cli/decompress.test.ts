import { beforeAll, describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { decompressed } from "../../src/cli/import/decompress.ts";
import { fixturePath } from "./fixture-path.ts";

const FORMATS = ["gzip", "zstd", "bzip2"] as const;
type Format = (typeof FORMATS)[number];

let log: Buffer;
let files: Readonly<Record<Format, Buffer>>;
beforeAll(async () => {
  log = Buffer.from(await Bun.file(fixturePath("access.log")).bytes());
  files = {
    gzip: gzipSync(log),
    zstd: zstdCompressSync(log),
    bzip2: Buffer.from(await Bun.file(fixturePath("access.log.bz2")).bytes()),
  };
});

async function* pieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    yield bytes.subarray(from, from + pieceBytes);
  }
}

/** Returns the output before the end or an error. */
async function outputOf(source: AsyncGenerator<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of decompressed(source)) chunks.push(chunk);
    return { output: Buffer.concat(chunks), error: undefined };
  } catch (error) {
    return { output: Buffer.concat(chunks), error };
  }
}

describe.each([...FORMATS])("decompressed, of %s,", (format) => {
  test.each([1, 7, 1_000, 1_000_000])("returns the log from chunks of %d bytes", async (size) => {
    const { output, error } = await outputOf(pieces(files[format], size));
    expect(error).toBeUndefined();
    expect(output.equals(log)).toBe(true);
  });

  test.each([1, 1_000, 1_000_000])("returns all members from chunks of %d bytes", async (size) => {
    const members = Buffer.concat([files[format], files[format], files[format]]);
    const { output, error } = await outputOf(pieces(members, size));
    expect(error).toBeUndefined();
    expect(output.equals(Buffer.concat([log, log, log]))).toBe(true);
  });

  const CUTS = [
    ["in its magic", () => 4],
    ["in its middle", (length: number) => length / 2],
    ["before its last byte", (length: number) => length - 1],
    ["in its second member", (length: number) => 1.5 * length],
    ["in its second header", (length: number) => length + 2],
  ] as const;

  test.each([...CUTS])("reports data cut %s", async (_, bytesOf) => {
    const two = Buffer.concat([files[format], files[format]]);
    const cut = two.subarray(0, Math.floor(bytesOf(files[format].length)));
    for (const size of [1, 1_000_000]) {
      const { output, error } = await outputOf(pieces(cut, size));
      expect(error).toMatchObject({
        code: "invalid_usage",
        message: expect.stringContaining(`The ${format} data is damaged or truncated`),
      });
      const whole = Buffer.concat([log, log]);
      expect(whole.subarray(0, output.length).equals(output)).toBe(true);
      if (cut.length > files[format].length)
        expect(output.length).toBeGreaterThanOrEqual(log.length);
    }
  });

  test("reports a wrong bit", async () => {
    const wrong = Buffer.from(files[format]);
    wrong[Math.floor(wrong.length / 2)] = ~(wrong[Math.floor(wrong.length / 2)] ?? 0);
    expect((await outputOf(pieces(wrong, 1_000))).error).toMatchObject({ code: "invalid_usage" });
  });

  test("passes an error of the source through", async () => {
    const failure = new Error("the disk is gone");
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* pieces(files[format].subarray(0, 1_000), 100);
      throw failure;
    }
    expect((await outputOf(failing())).error).toBe(failure);
  });
});

describe("decompressed", () => {
  const PLAIN = ["", "a", "B", "\x1f", "\x28\xb5", "BZh", "192.0.2.7 - -\n"];

  test.each(PLAIN)("passes %j through", async (text) => {
    const bytes = Buffer.from(text, "latin1");
    for (const size of [1, 100]) {
      expect(await outputOf(pieces(bytes, size))).toEqual({ output: bytes, error: undefined });
    }
  });

  test("skips skippable frames of zstd", async () => {
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const { output } = await outputOf(pieces(Buffer.concat([skippable, files.zstd]), 1));
    expect(output.equals(log)).toBe(true);
  });
});
