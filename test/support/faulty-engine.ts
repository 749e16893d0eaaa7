import { join } from "node:path";
import { type Engine, type EngineOptions, spawnEngine, untilRunning } from "./engine.ts";
import type { ThreadFault } from "./thread-fault.ts";

const COMMAND = [process.execPath, join(import.meta.dir, "faulty-main.ts")];

/** An engine whose threads can be ended and hung, one by one. `await using` ends it. */
export interface FaultyEngine extends Engine {
  /** Lets the thread with this name meet with a fault; when it is away, as soon as it is back. */
  strike(child: string, fault: ThreadFault): void;
}

/** Starts an engine from source, with `faulty-main.ts`, without waiting until it runs. */
export function spawnFaultyEngine(options: Omit<EngineOptions, "command" | "stdin">): FaultyEngine {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const orders = writable.getWriter();
  const engine = spawnEngine({ ...options, command: COMMAND, stdin: readable });
  return {
    ...engine,
    strike(child, fault) {
      const line = `${JSON.stringify({ child, fault })}\n`;
      // An engine that is gone takes no orders.
      orders.write(new TextEncoder().encode(line)).catch(() => undefined);
    },
  };
}

/** Starts one and resolves when it is running. */
export async function startFaultyEngine(
  options: Omit<EngineOptions, "command" | "stdin">,
): Promise<FaultyEngine> {
  return await untilRunning(spawnFaultyEngine(options));
}
