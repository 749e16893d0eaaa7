import { describe, expect, test } from "bun:test";
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import fc from "fast-check";
import { decompress } from "../../src/http/body/decompress.ts";
import { rejectionOf } from "../support/rejection-of.ts";

const CODINGS = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
] as const;
const BYTES_MAX = 100_000;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const codeOf = async (bytes: Uint8Array, codings: readonly string[]) =>
  await rejectionOf(decompress(bytes, codings, BYTES_MAX));

describe.each(CODINGS)("a body in %s", (coding, compress) => {
  test("is decompressed", async () => {
    const bodies = fc.uint8Array({ maxLength: 5_000 });
    const property = fc.asyncProperty(bodies, async (body) => {
      expect(text(await decompress(compress(body), [coding], BYTES_MAX))).toBe(text(body));
    });
    await fc.assert(property, { numRuns: 30 });
  });

  test("is refused wherever it is cut", async () => {
    const body = compress(Buffer.from("a".repeat(3_000) + "event".repeat(50)));
    for (let end = 0; end < body.length; end += 1) {
      expect(await codeOf(body.subarray(0, end), [coding])).toMatchObject({
        code: "invalid_encoding",
      });
    }
  });

  test("is refused with other bytes behind it", async () => {
    const body = Buffer.concat([compress(Buffer.from("event")), Buffer.from("tail")]);
    expect(await codeOf(body, [coding])).toMatchObject({ code: "invalid_encoding" });
  });

  test("is refused beyond the limit", async () => {
    const body = compress(Buffer.alloc(BYTES_MAX + 1));
    expect(await codeOf(body, [coding])).toMatchObject({ code: "body_too_large" });
    const largest = compress(Buffer.alloc(BYTES_MAX));
    expect(await decompress(largest, [coding], BYTES_MAX)).toHaveLength(BYTES_MAX);
  });
});

test.each([
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
] as const)("several parts in %s are one body", async (coding, compress) => {
  const body = Buffer.concat([compress(Buffer.from("one")), compress(Buffer.from("two"))]);
  expect(text(await decompress(body, [coding], BYTES_MAX))).toBe("onetwo");
  expect(await codeOf(body.subarray(0, -1), [coding])).toMatchObject({ code: "invalid_encoding" });
});

test("a body in two codings is decompressed from the last to the first", async () => {
  const body = zstdCompressSync(gzipSync("event"));
  expect(text(await decompress(body, ["gzip", "zstd"], BYTES_MAX))).toBe("event");
});

test("a skippable frame of zstd is skipped", async () => {
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const body = Buffer.concat([skippable, zstdCompressSync("event")]);
  expect(text(await decompress(body, ["zstd"], BYTES_MAX))).toBe("event");
});
