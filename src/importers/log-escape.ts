import { isUtf8 } from "node:buffer";

const ESCAPE = /\\(?:x([0-9A-Fa-f]{2})|(["\\bnrtv]))/g;
const NOT_ASCII = /[\x80-\xff]/;
const BYTE_BY_LETTER: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  b: "\b",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Undoes the escapes of Apache (`\"`, `\\`, `\n`, `\xhh`) and nginx (`\xHH`). One byte per character. */
export function toWrittenBytes(escaped: string): string {
  if (!escaped.includes("\\")) return escaped;
  return escaped.replaceAll(ESCAPE, (whole, hex?: string, letter?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return BYTE_BY_LETTER[letter ?? ""] ?? whole;
  });
}

/** In text that is not UTF-8, bytes outside ASCII become `%XX`: U+FFFD would turn many paths into one. */
export function toUnicode(bytesText: string): string {
  if (!NOT_ASCII.test(bytesText)) return bytesText;
  const bytes = Buffer.from(bytesText, "latin1");
  if (isUtf8(bytes)) return bytes.toString("utf8");
  return bytesText.replaceAll(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
