import { expect, test } from "bun:test";
import fc from "fast-check";
import { LINE_BYTES_MAX, type LogLine, readLines } from "../../src/cli/import/read-lines.ts";

/** The lines of bytes (one a character) that arrive in pieces of the given sizes, the last one repeated. */
async function linesOf(bytesText: string, pieceBytes: readonly number[]): Promise<LogLine[]> {
  const bytes = Buffer.from(bytesText, "latin1");
  async function* pieces(): AsyncGenerator<Uint8Array> {
    let from = 0;
    for (let piece = 0; from < bytes.length; piece += 1) {
      const length = pieceBytes[piece] ?? pieceBytes.at(-1) ?? bytes.length;
      yield bytes.subarray(from, from + length);
      from += length;
    }
  }
  return await Array.fromAsync(readLines(pieces()));
}

function texts(lines: readonly LogLine[]): (string | undefined)[] {
  return lines.map((line) => (line.kind === "line" ? line.text : undefined));
}

test("readLines splits at LF and CRLF and says how the last line ends", async () => {
  expect(await linesOf("a\r\n\nb\rc\nd", [3])).toEqual([
    { kind: "line", number: 1, text: "a", ending: "newline" },
    { kind: "line", number: 2, text: "", ending: "newline" },
    { kind: "line", number: 3, text: "b\rc", ending: "newline" },
    { kind: "line", number: 4, text: "d", ending: "end-of-file" },
  ]);
});

test("readLines finds no line in an empty file and no empty line after a last newline", async () => {
  expect(await linesOf("", [1])).toEqual([]);
  expect(await linesOf("a\n", [1])).toHaveLength(1);
});

test("readLines drops a byte order mark at the start only", async () => {
  const mark = "\xef\xbb\xbf";
  expect(texts(await linesOf(`${mark}a\n${mark}b\n`, [2]))).toEqual(["a", `${mark}b`]);
});

test("readLines passes over a line beyond the limit, however it arrives", async () => {
  const longest = "x".repeat(LINE_BYTES_MAX);
  const content = `${longest}\n${longest}y\n${longest.repeat(3)}\nlast\n`;
  for (const pieceBytes of [1_000, 65_536, content.length]) {
    expect(texts(await linesOf(content, [pieceBytes]))).toEqual([
      longest,
      undefined,
      undefined,
      "last",
    ]);
  }
});

test("readLines gives the same lines whatever the pieces", async () => {
  const bytesText = fc.string({
    unit: fc.constantFrom("a", "\r", "\n", "\xff", "\0"),
    maxLength: 40,
  });
  const pieceBytes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(bytesText, pieceBytes, async (content, sizes) => {
      expect(await linesOf(content, sizes)).toEqual(await linesOf(content, [content.length + 1]));
      const expected = content.replace(/\n$/, "").split("\n");
      const none = content === "";
      expect(texts(await linesOf(content, sizes))).toEqual(
        none ? [] : expected.map((line) => line.replace(/\r$/, "")),
      );
    }),
  );
});
