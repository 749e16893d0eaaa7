import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** Random bytes in a generated password: 192 bits, hexadecimal so that it needs no escape in a URL. */
const PASSWORD_BYTES = 24;

/**
 * Writes a file that only its owner can read, in one step: a reader, or a start after a power cut,
 * finds the old content or the new, never a part.
 */
export function writePrivateFile(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

/** The password kept in the file at `path`, made at the first call and the same ever after. */
export function keptPassword(path: string): string {
  if (!existsSync(path)) writePrivateFile(path, `${randomBytes(PASSWORD_BYTES).toString("hex")}\n`);
  return readFileSync(path, "utf8").trim();
}
