import { describe, expect, test } from "bun:test";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SRC = join(import.meta.dir, "../../src/log");

/** Statements of a process of its own, with a log named `worker`. */
function withLog(level: string, statements: string): string {
  return `
    import { openLog } from ${JSON.stringify(join(SRC, "log.ts"))};
    import { LogOutput, openLogFile } from ${JSON.stringify(join(SRC, "log-output.ts"))};
    const log = openLog("worker", {
      level: ${JSON.stringify(level)},
      output: new LogOutput(openLogFile(), "worker"),
    });
    ${statements}`;
}

/** Runs statements on a log named `worker`, in a process of its own, and returns its records. */
async function recordsOf(level: string, statements: string): Promise<readonly unknown[]> {
  const code = withLog(level, `${statements} process.kill(process.pid, "SIGKILL");`);
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

describe("a log", () => {
  test("writes one JSON line per record, with its thread", async () => {
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

  test("writes only records of its level and above", async () => {
    const all = `log.debug({}, "d"); log.info({}, "i"); log.warn({}, "w"); log.error({}, "e");`;
    expect(await recordsOf("debug", all)).toHaveLength(4);
    expect(await recordsOf("warn", all)).toHaveLength(2);
    expect(await recordsOf("silent", all)).toHaveLength(0);
  });

  test("has written every record when the process is killed", async () => {
    const many = `for (let i = 0; i < 500; i += 1) log.info({ i }, "record");`;
    expect(await recordsOf("info", many)).toHaveLength(500);
  });

  test("drops lines that cannot be written, and throws nothing", async () => {
    const code = withLog(
      "info",
      `for (let line = 0; line < 1_000; line += 1) log.info({ line }, "Nobody reads this");
      process.stderr.write("alive");`,
    );
    const full = openSync("/dev/full", "w");
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: full, stderr: "pipe" });
    expect(await child.stderr.text()).toBe("alive");
    expect(await child.exited).toBe(0);
    closeSync(full);
  });

  test("counts lines dropped after its reader exited", async () => {
    const code = `
      import { openThreadLog } from ${JSON.stringify(join(SRC, "thread-log.ts"))};
      const log = openThreadLog("worker", { level: "debug", logFd: 1 });
      for await (const _ of process.stdin);
      for (let times = 0; times < 9; times += 1) log.debug({}, "record");
      process.stderr.write(String(log.droppedLogLines()));`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdio: ["pipe", "pipe", "pipe"] });
    await child.stdout.cancel();
    await child.stdin.end();
    expect(await child.stderr.text()).toBe("9");
  });

  test("counts lines dropped while its reader is blocked", async () => {
    // A pipe holds 64 KiB, and takes a line of 10,000 bytes in pieces when there is too little room.
    const code = withLog(
      "info",
      `const padding = "x".repeat(10_000);
      let i = 0;
      const record = () => log.info({ i: i++, padding }, "record");
      for (let times = 0; times < 50; times += 1) record();
      process.stderr.write("alive");
      setInterval(record, 10);
      process.stdin.on("end", () => process.exit(0)).resume();`,
    );
    const folder = temporaryFolder("log");
    const gate = join(folder, "gate");
    const pipeline = `mkfifo "$2" && "$0" -e "$1" | { read -r _ < "$2"; cat; }`;
    await using child = Bun.spawn(["bash", "-c", pipeline, process.execPath, code, gate], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { value: alive } = await child.stderr.getReader().read();
    expect(new TextDecoder().decode(alive)).toBe("alive");
    writeFileSync(gate, "\n"); // The reader starts now.
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes("Log lines dropped")) await child.stdin.end();
    }
    const records = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const losses = records.filter(({ msg }) => msg !== "record");
    expect(losses).toEqual([expect.objectContaining({ level: "warn", thread: "worker" })]);
    const written = records.filter(({ msg }) => msg === "record").map(({ i }) => Number(i));
    expect(written).toEqual(written.toSorted((a, b) => a - b));
    const dropped = (written.at(-1) ?? 0) + 1 - written.length;
    expect(losses[0]?.["lines"]).toBe(dropped);
    expect(dropped).toBeGreaterThan(40);
  });

  test("writes held records when its thread exits", async () => {
    const code = `
      import { openThreadLog } from ${JSON.stringify(join(SRC, "thread-log.ts"))};
      const log = openThreadLog("worker", { level: "info", logFd: 1 });
      for (let times = 0; times < 9; times += 1) log.warn({}, "It fails");
      process.exit(0);`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
    const lines = (await child.stdout.text()).trim().split("\n");
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[3] ?? "")).toMatchObject({ thread: "worker", repeated: 6 });
  });

  test("is readable on a terminal", async () => {
    const code = withLog("info", `log.warn({ failures: 3 }, "It fails");`);
    let shown = "";
    const decoder = new TextDecoder();
    const child = Bun.spawn([process.execPath, "-e", code], {
      env: { NO_COLOR: "1" },
      terminal: { data: (_, bytes) => (shown += decoder.decode(bytes)) },
    });
    expect(await child.exited).toBe(0);
    await eventually(() =>
      expect(shown).toMatch(/^\d\d:\d\d:\d\d\.\d{3}Z WARN  worker     It fails failures=3\r\n$/),
    );
  });

  test("never waits for a socket without a reader", async () => {
    using deaf = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: (socket) => socket.pause(), data: () => undefined },
    });
    // More than the buffers of both ends take.
    const code = withLog(
      "info",
      `const padding = "x".repeat(100_000);
      for (let times = 0; times < 400; times += 1) log.info({ padding }, "record");
      process.stderr.write("alive");`,
    );
    const redirect = `exec 3<>"/dev/tcp/127.0.0.1/$2"; exec "$0" -e "$1" >&3`;
    const command = ["bash", "-c", redirect, process.execPath, code, String(deaf.port)];
    await using child = Bun.spawn(command, { stdio: ["ignore", "ignore", "pipe"] });
    expect(await child.stderr.text()).toBe("alive");
    expect(await child.exited).toBe(0);
  });
});
