import type { FromChild, ToChild } from "../../src/supervisor/messages.ts";

declare const self: Worker;

/** A thread that commits once and exits at the first reports; after its restart it counts the reports. */
let restarts = 0;

self.addEventListener("message", ({ data }: MessageEvent<ToChild>) => {
  switch (data.type) {
    case "start":
      ({ restarts } = data);
      send({ type: "ready" });
      if (restarts === 0) sendHeartbeat(5, "2026-01-15T09:30:00.000Z");
      return;
    case "threads":
      if (restarts === 0) process.exit(0);
      sendHeartbeat(data.threads.length, null);
      return;
    case "metrics":
    case "taken":
    case "certificate":
    case "port":
      return;
    case "stop":
      process.exit(0);
  }
});

function sendHeartbeat(workAgeMs: number, lastCommitAt: string | null): void {
  send({ type: "heartbeat", workAgeMs, lastCommitAt, error: null, metrics: [], taken: undefined });
}

function send(message: FromChild): void {
  self.postMessage(message);
}
