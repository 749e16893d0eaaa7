import { readdirSync, readFileSync } from "node:fs";

/** Returns undefined without `/proc`, or when no more files can be opened. */
export function openFiles(): number | undefined {
  return orUndefined(() => readdirSync("/proc/self/fd").length);
}

export function openFilesMax(): number | undefined {
  return orUndefined(() => {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return soft === undefined ? undefined : Number(soft);
  });
}

/** Returns undefined when no file can be opened, which the runtime needs. */
export function readMemory(): NodeJS.MemoryUsage | undefined {
  return orUndefined(() => process.memoryUsage());
}

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
