/** The process's memory and the thread's heap; unknown while no file can be opened, which the runtime needs for it. */
export function readMemory(): NodeJS.MemoryUsage | undefined {
  try {
    return process.memoryUsage();
  } catch {
    return undefined;
  }
}
