import { expect, test } from "bun:test";
import { join } from "node:path";

const FILE_WATCH = join(import.meta.dir, "../../src/supervisor/file-watch.ts");

test("logs each time that files are near the limit or exhausted", async () => {
  const code = `
    import { closeSync, openSync } from "node:fs";
    let check;
    globalThis.setInterval = (run) => (check = run);
    const { watchFiles } = await import(${JSON.stringify(FILE_WATCH)});
    const levels = [];
    const at = (level) => () => levels.push(level);
    watchFiles({ info: at("info"), warn: at("warn"), error: at("error") });
    const opened = [];
    const openUntil = (isDone) => {
      do opened.push(openSync("/dev/null", "r")); while (!isDone());
    };
    const openAll = () => { try { openUntil(() => false); } catch {} };
    const close = (files) => opened.splice(-files).forEach((fd) => closeSync(fd));
    check();
    openUntil(() => opened.at(-1) >= 52);
    check();
    for (let times = 1; times <= 2; times += 1) {
      openAll();
      check();
      check();
      close(3);
      check();
    }
    close(opened.length);
    check();
    console.log(levels.join(" "));`;
  const command = ["sh", "-c", 'ulimit -n 60; exec "$0" "$@"', process.execPath, "-e", code];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  expect(await child.stdout.text()).toBe("warn error warn error warn info\n");
});
