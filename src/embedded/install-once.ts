import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";

/**
 * Fills the folder `target` at the first call and returns its path. Others see it complete or not at
 * all: it is filled under another name and renamed. Every account may read and run what is in it.
 *
 * @throws whatever `fill` throws, or the system when the folder above may not be written.
 */
export async function installOnce(
  target: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}.`);
  try {
    await fill(folder);
    makeReadable(folder);
    renameSync(folder, target);
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    // Another engine may have been faster; the rename found its folder in place.
    if (!existsSync(target)) throw thrown;
  }
  return target;
}

/** The umask of whoever installed the package may have left others without rights. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, 0o755);
  }
}
