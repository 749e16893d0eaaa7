import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1", REPORT_WORKERS: "2" });

test("reports and the packer leave busy cores to events", async () => {
  const own = readPriority("/proc/self/stat");
  // The packer, and both report threads.
  await eventually(() => expect(prioritiesBelow(own, file.engine.pid)).toHaveLength(3));
});

// Linux before 6.12 has no slices of threads, and may show none.
test.skipIf(sliceNs("/proc/self/sched") === undefined)(
  "an ingest thread runs as soon as it has work",
  async () => {
    const own = sliceNs("/proc/self/sched") ?? 0;
    await eventually(() => {
      const slices = slicesByThread(file.engine.pid);
      expect(slices.get("ingest-1")).toBe(100_000);
      expect(slices.get("report-1")).toBe(own);
    });
  },
);

function slicesByThread(pid: number): ReadonlyMap<string, number | undefined> {
  const threads = readdirSync(`/proc/${pid}/task`).map((id) => `/proc/${pid}/task/${id}`);
  return new Map(
    threads.map((path) => [
      readFileSync(`${path}/comm`, "latin1").trim(),
      sliceNs(`${path}/sched`),
    ]),
  );
}

/** Returns for how long the scheduler lets a thread run at once; undefined where the kernel does not say. */
function sliceNs(schedPath: string): number | undefined {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 12) || !existsSync(schedPath)) return undefined;
  const [, slice] = /^se\.slice\s*:\s*(\d+)$/m.exec(readFileSync(schedPath, "latin1")) ?? [];
  return slice === undefined ? undefined : Number(slice);
}

function prioritiesBelow(priority: number, pid: number): readonly number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const priorities = threads.map((id) => readPriority(`/proc/${pid}/task/${id}/stat`));
  return priorities.filter((niceness) => niceness > priority);
}

/** Returns the niceness: a higher one gives way. */
function readPriority(statPath: string): number {
  const stat = readFileSync(statPath, "latin1");
  // Behind the name, which may have spaces and parentheses, it is the 17th field.
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
}
