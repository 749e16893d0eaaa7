import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1", REPORT_WORKERS: "2" });

test("reports and the packer leave busy cores to events", async () => {
  const own = readPriority("/proc/self/stat");
  // The packer, and both report threads.
  await eventually(() => expect(prioritiesBelow(own, file.engine.pid)).toHaveLength(3));
});

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
