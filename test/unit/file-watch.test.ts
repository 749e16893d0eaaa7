import { expect, test } from "bun:test";
import { join } from "node:path";

const FILE_WATCH = join(import.meta.dir, "../../src/supervisor/file-watch.ts");

test("finds open files near the limit and exhausted", async () => {
  const code = `
    import { closeSync, openSync } from "node:fs";
    import { fileProblem } from ${JSON.stringify(FILE_WATCH)};
    const levels = [];
    const opened = [];
    const openUntil = (isDone) => {
      do opened.push(openSync("/dev/null", "r")); while (!isDone());
    };
    const check = () => levels.push(fileProblem(60)?.level ?? "none");
    check();
    openUntil(() => opened.at(-1) >= 52);
    check();
    try { openUntil(() => false); } catch {}
    check();
    for (const fd of opened) closeSync(fd);
    check();
    console.log(levels.join(" "));`;
  const command = ["sh", "-c", 'ulimit -n 60; exec "$0" "$@"', process.execPath, "-e", code];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  expect(await child.stdout.text()).toBe("none warn error none\n");
});
