import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { errorText } from "../errors.ts";
import type { Log } from "../log/log.ts";

/** 192 bits, in hexadecimal, which needs no escaping in a URL. */
const PASSWORD_BYTES = 24;

/** Of group and others. */
const OPEN_BITS = 0o077;

/** Creates a folder that only the owner can enter, or closes an existing one to others where it may. */
export function privateFolder(path: string, log: Log): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode } = statSync(path);
  if ((mode & OPEN_BITS) === 0) return;
  try {
    chmodSync(path, mode & ~OPEN_BITS);
  } catch (thrown) {
    // A volume may belong to root and be open to a group.
    const fields = { path, error: errorText(thrown), remedy: `chmod 700 ${path}` };
    log.warn(fields, "Other users can enter the data folder");
  }
}

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
