import { existsSync, readFileSync, statfsSync } from "node:fs";
import { DATA_DIR, type EngineConfig } from "../../config/config.ts";
import { findEmbedded } from "../../embedded/find-embedded.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Each connection of a client takes a file; so does each to a server, and each file of the logs. */
const OPEN_FILES_OK = 4_096;
const OPEN_FILES_MIN = 256;
const FREE_BYTES_OK = 2 * 1_024 ** 3;
const FREE_BYTES_MIN = 256 * 1_024 ** 2;

/** Looks at what this machine gives the engine. */
export function lookAtMachine(config: EngineConfig): readonly Finding[] {
  const hasEmbedded = config.redisUrl === undefined || config.databaseUrl === undefined;
  return [...lookAtOpenFiles(), ...(hasEmbedded ? [lookAtDisk(freeBytesOf(DATA_DIR))] : [])];
}

/** Of the engine that runs in this folder, or else of this process, which was started from the same shell. */
function lookAtOpenFiles(): readonly Finding[] {
  const pid = findEmbedded(DATA_DIR)?.pid ?? "self";
  const path = `/proc/${pid}/limits`;
  if (!existsSync(path)) return [];
  const limit = /^Max open files +(\d+|unlimited)/m.exec(readFileSync(path, "utf8"))?.[1];
  return limit === undefined || limit === "unlimited" ? [] : [lookAtFileLimit(Number(limit))];
}

/** Tells whether so many open files are enough. */
export function lookAtFileLimit(files: number): Finding {
  const found = `at most ${files.toLocaleString("en-US")}`;
  const todo = "Raise the limit: `ulimit -n 65536`, LimitNOFILE= of systemd, or ulimits of compose";
  if (files >= OPEN_FILES_OK) return ok("open files", found);
  if (files >= OPEN_FILES_MIN) {
    return warning("open files", `${found}, and each connection of a client takes one`, todo);
  }
  return problem("open files", `${found}: hardly enough for the engine itself`, todo);
}

/** Tells whether so much space is enough for embedded servers. */
export function lookAtDisk(freeBytes: number): Finding {
  const found = `${(freeBytes / 1_024 ** 3).toFixed(1)} GiB free for ${DATA_DIR}/`;
  const todo = `Free space on the disk of ${DATA_DIR}/, or move that folder to a larger one`;
  if (freeBytes >= FREE_BYTES_OK) return ok("disk", found);
  if (freeBytes >= FREE_BYTES_MIN) return warning("disk", found, todo);
  return problem("disk", `${found}: when it is full nothing is accepted`, todo);
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(existsSync(folder) ? folder : ".");
  return bavail * bsize;
}
