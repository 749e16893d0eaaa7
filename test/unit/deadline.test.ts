import { describe, expect, test } from "bun:test";
import { getEventListeners } from "node:events";
import { afterDeadline, unlessAborted, withDeadline } from "../../src/async/deadline.ts";
import { wait } from "../../src/async/wait.ts";

const never = Promise.withResolvers<"done">().promise;
const onLate = () => "late" as const;

describe("afterDeadline", () => {
  test("can be cancelled between deadline and grace period", async () => {
    let gaveUp = false;
    const cancel = afterDeadline(1, () => {
      gaveUp = true;
    });
    const later = Promise.withResolvers<void>();
    afterDeadline(2, later.resolve);
    setTimeout(cancel, 3);
    await later.promise;
    expect(gaveUp).toBe(false);
  });

  test("reads a reply that arrived while the loop was late", async () => {
    const reply = Promise.withResolvers<"reply">();
    const answered = Promise.withResolvers<"reply" | "late">();
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.write("reply");
          answered.resolve(withDeadline(reply.promise, { deadlineMs: 1, onLate }));
          // After a socket's callback, timers that are due run before the next socket.
          Bun.sleepSync(5);
        },
      },
    });
    const { port } = server;
    const socket = { data: () => reply.resolve("reply") };
    const client = await Bun.connect({ hostname: "127.0.0.1", port, socket });
    client.write("request");
    expect(await answered.promise).toBe("reply");
  });
});

describe("withDeadline", () => {
  test("settles as the work does", async () => {
    expect(await withDeadline(Promise.resolve("done"), { deadlineMs: 1, onLate })).toBe("done");
    const failed = withDeadline(Promise.reject(new Error("no")), { deadlineMs: 1, onLate });
    expect(failed).rejects.toThrow("no");
  });

  test("settles as onLate does after the deadline", async () => {
    expect(await withDeadline(never, { deadlineMs: 1, onLate })).toBe("late");
    const failed = withDeadline(never, {
      deadlineMs: 1,
      onLate: () => {
        throw new Error("too late");
      },
    });
    expect(failed).rejects.toThrow("too late");
  });

  test("ignores a rejection after the deadline", async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    await withDeadline(promise, { deadlineMs: 1, onLate });
    reject(new Error("too late"));
    await new Promise(setImmediate);
  });
});

describe("unlessAborted", () => {
  test("settles as the work does and leaves no listener", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve("done"), signal)).toBe("done");
    await wait(1, signal);
    expect(getEventListeners(signal, "abort")).toBeEmpty();
  });

  test("rejects with the reason of the signal", async () => {
    const stopping = new AbortController();
    const outcome = unlessAborted(never, stopping.signal);
    stopping.abort(new Error("stop"));
    expect(outcome).rejects.toThrow("stop");
    expect(unlessAborted(never, stopping.signal)).rejects.toThrow("stop");
  });
});
