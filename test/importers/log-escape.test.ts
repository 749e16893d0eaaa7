import { expect, test } from "bun:test";
import { toUnicode, toWrittenBytes } from "../../src/importers/log-escape.ts";

const ESCAPED: readonly [escaped: string, bytes: string][] = [
  ["/plain", "/plain"],
  [String.raw`\"a\"\\b\tc\xc3\xa9`, '"a"\\b\tc\xc3\xa9'],
  [String.raw`\x22a\x22\x5Cb`, '"a"\\b'],
  [String.raw`\q\xZZ`, String.raw`\q\xZZ`],
];

test.each([...ESCAPED])("toWrittenBytes reads %j", (escaped, bytes) => {
  expect(toWrittenBytes(escaped)).toBe(bytes);
});

const BYTES: readonly [bytes: string, text: string][] = [
  ["/caf\xc3\xa9", "/café"],
  ["/caf\xe9", "/caf%E9"],
  ["/\xed\xa0\x80", "/%ED%A0%80"],
];

test.each([...BYTES])("toUnicode reads %j as %j", (bytes, text) => {
  expect(toUnicode(bytes)).toBe(text);
});
