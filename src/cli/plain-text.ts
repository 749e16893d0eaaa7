/** What acts on a terminal, or breaks its line: C0 and C1 controls, DEL, line separators, directions. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A number of things in English: `1 line`, `10,000 lines`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Text that others wrote, on one line and with nothing in it that a terminal obeys. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
