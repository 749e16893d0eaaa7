import { expect, test } from "bun:test";
import fc from "fast-check";
import { LINE_BYTES_MAX, LineSplitter, type LogLine } from "../../src/importers/line-splitter.ts";

interface Split {
  readonly lines: readonly (string | undefined)[];
  readonly rest: string | undefined;
}

/** The lines of `bytes` (one per character) in chunks of the given sizes, the last one repeated. */
function split(bytesText: string, pieceBytes: readonly number[]): Split {
  const bytes = Buffer.from(bytesText, "latin1");
  const splitter = new LineSplitter();
  const lines: LogLine[] = [];
  let from = 0;
  for (let piece = 0; from < bytes.length; piece += 1) {
    const length = pieceBytes[piece] ?? pieceBytes.at(-1) ?? bytes.length;
    lines.push(...splitter.push(bytes.subarray(from, from + length)));
    from += length;
  }
  expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1));
  return { lines: lines.map(textOf), rest: textOf(splitter.rest()) };
}

function textOf(line: LogLine | undefined): string | undefined {
  return line?.kind === "line" ? line.text : undefined;
}

test("splits at LF and CRLF, and keeps the unfinished rest", () => {
  expect(split("a\r\n\nb\rc\nd", [3])).toEqual({ lines: ["a", "", "b\rc"], rest: "d" });
});

test("finds no line in no bytes, nor after the last newline", () => {
  expect(split("", [1])).toEqual({ lines: [], rest: undefined });
  expect(split("a\n", [1])).toEqual({ lines: ["a"], rest: undefined });
});

test("drops a byte order mark at the start only", () => {
  const mark = "\xef\xbb\xbf";
  expect(split(`${mark}a\n${mark}b\n`, [2]).lines).toEqual(["a", `${mark}b`]);
});

test("skips a line beyond the limit, whatever the chunks", () => {
  const longest = "x".repeat(LINE_BYTES_MAX);
  const content = `${longest}\n${longest}y\n${longest.repeat(3)}\nlast\n`;
  for (const pieceBytes of [1_000, 65_536, content.length]) {
    expect(split(content, [pieceBytes]).lines).toEqual([longest, undefined, undefined, "last"]);
  }
});

test("reads a line after any number of NULs", () => {
  for (const nuls of [LINE_BYTES_MAX, LINE_BYTES_MAX + 1, 10 * LINE_BYTES_MAX]) {
    for (const pieceBytes of [1_000, 40_001, 1_000_000]) {
      expect(split(`${"\0".repeat(nuls)}a\nb\n`, [pieceBytes]).lines).toEqual(["a", "b"]);
    }
  }
  expect(split("\0\0a\n", [2]).lines).toEqual(["\0\0a"]);
});

test("gives the same lines whatever the chunks", () => {
  const bytesText = fc.string({
    unit: fc.constantFrom("a", "\r", "\n", "\xff", "\0"),
    maxLength: 40,
  });
  const pieceBytes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(bytesText, pieceBytes, (content, sizes) => {
      const expected = content.split("\n").map((line) => line.replace(/\r$/, ""));
      const rest = expected.pop();
      const last = content.endsWith("\n") || content === "" ? undefined : rest;
      expect(split(content, sizes)).toEqual({ lines: expected, rest: last });
    }),
  );
});
