import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const SNAPSHOT = "dump.rdb";
const AOF_FOLDER = "appendonlydir";
const BASE = "appendonly.aof.1.base.rdb";
const MANIFEST = "appendonly.aof.manifest";

/**
 * Opens the snapshot that Redis has just saved, and deletes its name: nothing is left after a kill.
 *
 * @throws a system error, ENOENT when another backup has opened it.
 */
export function openSnapshot(dataDir: string): number {
  const path = join(dataDir, "redis", SNAPSHOT);
  const fd = openSync(path, "r");
  rmSync(path, { force: true });
  return fd;
}

/** Lets the next Redis of the data folder load a snapshot: as the base of its append-only file, which it has to have (redis.conf). */
export class SnapshotTarget {
  readonly #folder: string;
  readonly #fd: number;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, "redis", AOF_FOLDER);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#fd = openSync(join(this.#folder, BASE), "wx", 0o600);
  }

  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#fd, bytes, written);
    }
  }

  /** Without a manifest Redis ignores the file and starts empty. */
  finish(): void {
    fsyncSync(this.#fd);
    this.close();
    const manifest = `file ${BASE} seq 1 type b\n`;
    writeFileSync(join(this.#folder, MANIFEST), manifest, { mode: 0o600, flush: true });
  }

  close(): void {
    closeSync(this.#fd);
  }
}
