import { setTimeout as delay } from "node:timers/promises";
import { type ProcessMemory, processMemory } from "./process-memory.ts";

const SAMPLE_MS = 1_000;
export const SAMPLES_A_MINUTE = 60;

/** Samples a process's memory every second while `work` runs, and returns the samples. */
export async function sampleMemory(
  pid: number,
  work: Promise<unknown>,
  say: (line: string) => void,
): Promise<readonly ProcessMemory[]> {
  const samples: ProcessMemory[] = [];
  const over = new AbortController();
  const ended = work.finally(() => over.abort());
  ended.catch(() => undefined); // Thrown below, after sampling has stopped.
  while (!over.signal.aborted) {
    samples.push(processMemory(pid));
    if (samples.length % SAMPLES_A_MINUTE === 0) say(JSON.stringify(samples.at(-1)));
    await delay(SAMPLE_MS, undefined, { signal: over.signal }).catch(() => undefined);
  }
  await ended;
  return samples;
}
