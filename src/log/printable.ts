const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Escapes foreign text so that it stays on one line and cannot control a terminal. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** As `printable`, but keeps line breaks. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
