import { isUtf8 } from "node:buffer";

const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|(["\\bnrtv]))/g;
const BYTE_BY_LETTER: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  b: "\b",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Undoes the escapes that Apache (`\"`, `\\`, `\n`, `\xhh`) and nginx (`\xHH`) write for bytes that are
 * not printable ASCII. Text in and out holds one byte a character; other backslashes stay.
 */
export function toWrittenBytes(escaped: string): string {
  if (!escaped.includes("\\")) return escaped;
  return escaped.replaceAll(ESCAPE, (whole, hex?: string, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return BYTE_BY_LETTER[letter ?? ""] ?? whole;
  });
}

/**
 * Text of one byte a character as Unicode. Where the bytes are not UTF-8, those outside ASCII become
 * `%XX`, as a browser sends them: U+FFFD for each would make one path of many.
 */
export function toUnicode(bytesText: string): string {
  const bytes = Buffer.from(bytesText, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  return bytesText.replaceAll(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
