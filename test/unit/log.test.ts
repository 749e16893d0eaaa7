import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

const LOG_MODULE = join(import.meta.dir, "../../src/log.ts");

/** Runs statements on a log named `worker`, in a process of its own, and answers its records. */
async function recordsOf(level: string, statements: string): Promise<readonly unknown[]> {
  const code = `
    import { openLog } from ${JSON.stringify(LOG_MODULE)};
    const log = openLog("worker", ${JSON.stringify(level)});
    ${statements}
    process.kill(process.pid, "SIGKILL");`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

describe("openLog", () => {
  test("openLog writes one JSON line a record with its thread when a record is logged", async () => {
    const records = await recordsOf(
      "info",
      `log.warn({ path: "/\\n\\u001b[31m" }, "Two\\nlines");`,
    );
    expect(records).toEqual([
      {
        level: "warn",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        thread: "worker",
        path: "/\n\u001b[31m",
        msg: "Two\nlines",
      },
    ]);
  });

  test("openLog writes only records of its level and above when others are logged", async () => {
    const all = `log.debug({}, "d"); log.info({}, "i"); log.warn({}, "w"); log.error({}, "e");`;
    expect(await recordsOf("debug", all)).toHaveLength(4);
    expect(await recordsOf("warn", all)).toHaveLength(2);
    expect(await recordsOf("silent", all)).toHaveLength(0);
  });

  test("openLog has written every record when the process is killed right after", async () => {
    const many = `for (let i = 0; i < 500; i += 1) log.info({ i }, "record");`;
    expect(await recordsOf("info", many)).toHaveLength(500);
  });

  test("openLog loses lines and throws nothing when they cannot be written", async () => {
    const code = `
      import { openLog } from ${JSON.stringify(LOG_MODULE)};
      const log = openLog("worker", "info");
      for (let line = 0; line < 1_000; line += 1) log.info({ line }, "Nobody reads this");
      process.stderr.write("alive");`;
    const full = openSync("/dev/full", "w");
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: full, stderr: "pipe" });
    expect(await child.stderr.text()).toBe("alive");
    expect(await child.exited).toBe(0);
    closeSync(full);
  });
});
