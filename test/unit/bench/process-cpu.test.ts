import { describe, expect, test } from "bun:test";
import { processCpu } from "../../../bench/measure/process-cpu.ts";
import { treeCpuSeconds } from "../../../bench/measure/tree-cpu.ts";

/** Uses this many milliseconds of CPU time, prints a line, and keeps running. */
const WORK =
  "const t=process.cpuUsage().user; while(process.cpuUsage().user<t+100e3); console.log(1)";

describe("treeCpuSeconds", () => {
  test("counts a child that has ended", () => {
    const before = treeCpuSeconds(process.pid);
    Bun.spawnSync([process.execPath, "-e", WORK]);
    expect(treeCpuSeconds(process.pid) - before).toBeGreaterThan(0.08);
  });

  test("counts running grandchildren", async () => {
    const before = treeCpuSeconds(process.pid);
    const command = `${process.execPath} -e '${WORK}; setInterval(() => {}, 1e3)' & wait`;
    const shell = Bun.spawn(["sh", "-c", command], { stdout: "pipe", detached: true });
    await shell.stdout.getReader().read();
    expect(treeCpuSeconds(process.pid) - before).toBeGreaterThan(0.08);
    process.kill(-shell.pid, "SIGKILL");
    await shell.exited;
  });

  test("counts nothing for a process that has exited", () => {
    expect(treeCpuSeconds(2 ** 22 + 1)).toBe(0);
  });
});

test("the CPU time of this process is counted", () => {
  const before = processCpu(process.pid).usedSeconds;
  const startUs = process.cpuUsage().user;
  while (process.cpuUsage().user < startUs + 50_000);
  expect(processCpu(process.pid).usedSeconds - before).toBeGreaterThan(0.04);
});
