import type { ThreadFault } from "./thread-fault.ts";

/** The engine's thread entry, with an additional message that makes the thread exit or hang. */
addEventListener("message", ({ data }: MessageEvent<{ type: string; fault?: ThreadFault }>) => {
  // In a separate task, because an exception in a listener does not always end a thread.
  if (data.type === "fault" && data.fault !== undefined) setImmediate(suffer, data.fault);
});

// oxlint-disable-next-line import/no-unassigned-import -- a thread entry, which exports nothing
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
