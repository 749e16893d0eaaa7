import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

const BLOCK_BYTES = 4_096;

/** A disk to fill. `using` unmounts it. */
export interface SmallDisk extends Disposable {
  readonly folder: string;
  /** Fills the free space. */
  fill(): void;
  free(): void;
}

/**
 * Mounts a disk with a size as in tmpfs(5).
 *
 * @throws Error when the account may not mount, as in a container.
 */
export function mountSmallDisk(size: string): SmallDisk {
  const parent = temporaryFolder("disk");
  chmodSync(parent, 0o711);
  const folder = join(parent, "disk");
  mkdirSync(folder);
  const options = `size=${size},mode=755`;
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]);
  if (exitCode !== 0) throw new Error("A small disk cannot be mounted");
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill() {
      const block = new Uint8Array(BLOCK_BYTES);
      try {
        for (;;) writeFileSync(ballast, block, { flag: "a" });
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith("ENOSPC"))) throw error;
      }
    },
    free: () => rmSync(ballast),
    [Symbol.dispose]: () => void Bun.spawnSync(["umount", "-l", folder]),
  };
}

/** Returns whether this account may mount a disk. */
export function canMountDisk(): boolean {
  try {
    mountSmallDisk("16k")[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}
