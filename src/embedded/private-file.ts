import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** 192 bits, in hexadecimal, which needs no escaping in a URL. */
const PASSWORD_BYTES = 24;

/** Writes atomically; only the owner can read the file. */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

/** Generates the password on the first call. */
export function keptPassword(path: string): string {
  if (!existsSync(path)) writePrivateFile(path, `${randomBytes(PASSWORD_BYTES).toString("hex")}\n`);
  return readFileSync(path, "utf8").trim();
}
