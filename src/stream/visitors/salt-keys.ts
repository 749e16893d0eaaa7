import { keyBeside } from "../key-beside.ts";
/** A local date in a time zone. */
export interface SaltDate {
  readonly timeZone: string;
  /** YYYY-MM-DD */
  readonly date: string;
}

export function saltKey(stream: string, { timeZone, date }: SaltDate): string {
  return `${saltPrefix(stream)}${date}:${timeZone}`;
}

export function saltPrefix(stream: string): string {
  return keyBeside(stream, "salt:");
}

/** A sorted set of the keys of salts by their expiry, which outlives them: the append-only file has to be rewritten then. */
export function saltsKey(stream: string): string {
  return keyBeside(stream, "salts");
}
