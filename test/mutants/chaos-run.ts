import { join } from "node:path";
import type { ChaosCourse } from "./mutant.ts";
import type { CourseResult } from "./run-course.ts";

/** For starting servers, healing, draining and checking, in addition to the minutes of faults. */
const EXTRA_MS_MAX = 300_000;
const FAILURE = /FAILURE: (.*)$/;

/** Runs the chaos test of a copy with each seed until the first failure. */
export async function runChaos(folder: string, course: ChaosCourse): Promise<CourseResult> {
  for (const seed of course.seeds) {
    const failure = await runSeed(folder, { course, seed });
    if (failure !== undefined) return { failure };
  }
  return { failure: undefined };
}

async function runSeed(
  folder: string,
  { course, seed }: { course: ChaosCourse; seed: number },
): Promise<string | undefined> {
  const { minutes, faults } = course;
  const options = ["--seed", String(seed), "--minutes", String(minutes), "--faults", faults];
  const chaos = Bun.spawn(
    [process.execPath, join(folder, "test", "chaos", "main.ts"), ...options],
    // The watcher of its temporary folder kills what it leaves running.
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  const errors = new Response(chaos.stderr).text();
  let isLate = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      chaos.kill("SIGKILL");
    },
    minutes * 60_000 + EXTRA_MS_MAX,
  );
  try {
    for await (const line of linesOf(chaos.stdout)) {
      const [, failure] = FAILURE.exec(line) ?? [];
      if (failure !== undefined) return failure;
    }
    const code = await chaos.exited;
    if (isLate) return "it did not finish in time";
    return code === 0 ? undefined : `it exited with ${code}: ${(await errors).trim()}`;
  } finally {
    clearTimeout(timer);
    chaos.kill("SIGKILL");
    await chaos.exited;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  yield rest;
}
