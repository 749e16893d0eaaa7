import type { FromChild, ToChild } from "../../src/supervisor/messages.ts";

declare const self: Worker;

/** A thread that commits once, dies at the first word of the others, and in its next life counts them. */
let restarts = 0;

self.addEventListener("message", ({ data }: MessageEvent<ToChild>) => {
  switch (data.type) {
    case "start":
      ({ restarts } = data);
      send({ type: "ready" });
      if (restarts === 0) {
        send({
          type: "heartbeat",
          workAgeMs: 5,
          lastCommitAt: "2026-01-15T09:30:00.000Z",
          error: null,
          metrics: [],
        });
      }
      return;
    case "threads":
      if (restarts === 0) process.exit(0);
      send({
        type: "heartbeat",
        workAgeMs: data.threads.length,
        lastCommitAt: null,
        error: null,
        metrics: [],
      });
      return;
    case "beat":
    case "hold":
    case "gathered":
      return;
    case "stop":
      process.exit(0);
  }
});

function send(message: FromChild): void {
  self.postMessage(message);
}
