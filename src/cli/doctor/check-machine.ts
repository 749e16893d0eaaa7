import { existsSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { DATA_DIR, type EngineConfig } from "../../config/config.ts";
import { findEmbedded } from "../../embedded/find-embedded.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** Every client connection takes a file descriptor, and so does every connection to a server and every log file. */
const OPEN_FILES_OK = 4_096;
const OPEN_FILES_MIN = 256;
const GIB = 1_024 ** 3;
/** PostgreSQL keeps up to 1 GiB of WAL, and Redis rewrites its append-only file into a copy. */
const FREE_BYTES_OK = 2 * GIB;
const FREE_BYTES_MIN = GIB / 4;

export function checkMachine(config: EngineConfig, folder: string): readonly Finding[] {
  const dataDir = join(folder, DATA_DIR);
  const hasEmbedded = config.redisUrl === undefined || config.databaseUrl === undefined;
  const { bavail, bsize } = statfsSync(existsSync(dataDir) ? dataDir : folder);
  return [...checkOpenFiles(dataDir), ...(hasEmbedded ? [checkDisk(bavail * bsize)] : [])];
}

/** Checks the limit of the engine running in the folder, or else of this process, which the same shell started. */
function checkOpenFiles(dataDir: string): readonly Finding[] {
  const pid = findEmbedded(dataDir)?.pid ?? "self";
  const path = `/proc/${pid}/limits`;
  if (!existsSync(path)) return [];
  const limit = /^Max open files +(\d+|unlimited)/m.exec(readFileSync(path, "utf8"))?.[1];
  return limit === undefined || limit === "unlimited" ? [] : [checkFileLimit(Number(limit))];
}

export function checkFileLimit(files: number): Finding {
  const about = "open files";
  const found = `limit is ${files.toLocaleString("en-US")}`;
  const todo = "Raise the limit: `ulimit -n 65536`, LimitNOFILE= of systemd, or ulimits of compose";
  if (files >= OPEN_FILES_OK) return ok(about, found);
  if (files >= OPEN_FILES_MIN) {
    return warning(about, `${found}, and every client connection takes one`, todo);
  }
  return problem(about, `${found}, too low for the engine itself`, todo);
}

export function checkDisk(freeBytes: number): Finding {
  const about = "disk";
  const found = `${(freeBytes / GIB).toFixed(1)} GiB free for ${DATA_DIR}/`;
  const todo = `Free space on the disk of ${DATA_DIR}/, or move that folder to a larger disk`;
  if (freeBytes >= FREE_BYTES_OK) return ok(about, found);
  if (freeBytes >= FREE_BYTES_MIN) return warning(about, found, todo);
  return problem(about, `${found}: events are refused once the disk is full`, todo);
}
