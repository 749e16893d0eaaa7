import type { ThreadFault } from "./thread-fault.ts";

/** The entry of a thread of a faulty engine: the engine's own, and one message more, that ends or hangs it. */
addEventListener("message", ({ data }: MessageEvent<{ type: string; fault?: ThreadFault }>) => {
  // In a task of its own: what a listener throws is not always what a thread dies of.
  if (data.type === "fault" && data.fault !== undefined) setImmediate(suffer, data.fault);
});

// oxlint-disable-next-line import/no-unassigned-import -- the entry of a thread is run, not used.
import "../../src/child.ts";

function suffer(fault: ThreadFault): void {
  switch (fault) {
    case "throw":
      throw new Error("A test made this thread throw");
    case "reject":
      void Promise.reject(new Error("A test made this thread reject"));
      return;
    case "exit":
      process.exit(0);
      return;
    case "spin":
      for (;;);
    case "block":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
