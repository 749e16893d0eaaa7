import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOG_BYTES_MAX, ServerLog } from "../../src/embedded/server-log.ts";
import { recordingLog } from "../support/recording-log.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("rotates a full log file and keeps the old one", () => {
  const folder = temporaryFolder("embedded");
  const path = join(folder, "redis.log");
  writeFileSync(path, "");
  truncateSync(path, LOG_BYTES_MAX + 1);
  const output = new ServerLog(path, recordingLog().log);
  output.append("after");
  expect(readFileSync(path, "utf8")).toBe("after\n");
  expect(statSync(`${path}.1`).size).toBe(LOG_BYTES_MAX + 1);
});

test("warns once while the file is not writable", () => {
  const folder = temporaryFolder("embedded");
  const { log, records } = recordingLog();
  const output = new ServerLog(join(folder, "missing", "redis.log"), log);
  for (let line = 1; line <= 20; line += 1) output.append(`line ${line}`);
  expect(output.tail()).toEndWith("line 19\nline 20");
  expect(output.tail()).not.toContain("line 1\n");
  expect(records).toHaveLength(1);
  expect(existsSync(join(folder, "missing"))).toBe(false);
});
