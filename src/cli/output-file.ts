import {
  closeSync,
  createWriteStream,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { syncPath } from "../embedded/sync-path.ts";
import { errorText, QueueFlowError } from "../errors.ts";
import type { Shell } from "./shell.ts";

/** Where a command writes a file: under its name only once it is complete and on disk. */
export interface OutputFile extends Disposable {
  write(source: AsyncIterable<Uint8Array>, transform: NodeJS.ReadWriteStream): Promise<void>;
  /** Returns its size, where it is a file. */
  finish(): number | undefined;
}

/**
 * Opens a new file that only its owner can read, or standard output for `-`. Disposing of it before `finish` deletes it.
 *
 * @throws QueueFlowError `invalid_usage` when the file exists and `force` is not set, or when it cannot be written.
 */
export function openOutput({ folder, stdout }: Shell, file: string, force: boolean): OutputFile {
  if (file === "-") return standardOutput(stdout);
  const path = resolve(folder, file);
  checkReplaceable(path, file, force);
  deleteAbandoned(path);
  const temporary = `${path}.partial-${process.pid}`;
  create(temporary, file);
  return {
    async write(source, transform) {
      await pipeline(source, transform, createWriteStream(temporary));
    },
    finish() {
      const { size } = statSync(temporary);
      syncPath(temporary);
      renameSync(temporary, path);
      syncPath(dirname(path));
      return size;
    },
    [Symbol.dispose]: () => rmSync(temporary, { force: true }),
  };
}

function standardOutput(stdout: Shell["stdout"]): OutputFile {
  if (stdout.isTTY === true) {
    const message = "This output is not text: redirect it, or name a file instead of -";
    throw new QueueFlowError("invalid_usage", message);
  }
  return {
    async write(source, transform) {
      await pipeline(source, transform, stdout as Writable, { end: false });
    },
    finish: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}

function checkReplaceable(path: string, file: string, force: boolean): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isFile()) {
    throw new QueueFlowError("invalid_usage", `${file} is not a file: name another`);
  }
  if (!force) {
    throw new QueueFlowError(
      "invalid_usage",
      `${file} exists: name another, or replace it with --force`,
    );
  }
}

/** Deletes what killed processes left. */
function deleteAbandoned(path: string): void {
  const prefix = `${basename(path)}.partial-`;
  const folder = dirname(path);
  const names =
    statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : [];
  for (const name of names.filter((found) => found.startsWith(prefix))) {
    if (!isRunning(Number(name.slice(prefix.length)))) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function create(temporary: string, file: string): void {
  try {
    closeSync(openSync(temporary, "w", 0o600));
  } catch (error) {
    throw new QueueFlowError("invalid_usage", `Cannot write ${file}: ${errorText(error)}`);
  }
}
