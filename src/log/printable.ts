/** What acts on a terminal, or breaks its line: C0 and C1 controls, DEL, line separators, directions. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text that others wrote, on one line and with nothing in it that a terminal obeys. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
