/**
 * The engine's own main in which every thread starts with `newer-child.ts`: a binary that knows some migrations
 * more than the engine.
 */
const NEWER_CHILD = new URL("./newer-child.ts", import.meta.url);

globalThis.Worker = class extends Worker {
  constructor(_entry: string | URL, options?: WorkerOptions) {
    super(NEWER_CHILD, options);
  }
};

await import("../../src/main.ts");
