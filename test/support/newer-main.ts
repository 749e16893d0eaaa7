/** The engine's entry, with `newer-child.ts` as the entry of every thread: a binary with additional migrations. */
const NEWER_CHILD = new URL("./newer-child.ts", import.meta.url);

globalThis.Worker = class extends Worker {
  constructor(_entry: string | URL, options?: WorkerOptions) {
    super(NEWER_CHILD, options);
  }
};

await import("../../src/main.ts");
