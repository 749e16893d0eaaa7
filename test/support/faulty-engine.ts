import {
  type Engine,
  type EngineOptions,
  engineCommand,
  spawnEngine,
  untilRunning,
} from "./engine.ts";
import type { ThreadFault } from "./thread-fault.ts";

const COMMAND = engineCommand("test/support/faulty-main.ts");

/** An engine whose threads can be ended and hung, one by one. `await using` ends it. */
export interface FaultyEngine extends Engine {
  /** Lets the thread with this name meet with a fault; when it is away, as soon as it is back. */
  strike(child: string, fault: ThreadFault): void;
}

/** How to start one. */
export interface FaultyEngineOptions extends Omit<EngineOptions, "command" | "stdin"> {
  /** How many files it may have open; as many as the tests unless given. */
  readonly filesMax?: number;
}

/** Starts an engine from source, with `faulty-main.ts`, without waiting until it runs. */
export function spawnFaultyEngine({ filesMax, ...options }: FaultyEngineOptions): FaultyEngine {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const orders = writable.getWriter();
  const engine = spawnEngine({ ...options, command: limited(filesMax), stdin: readable });
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
export async function startFaultyEngine(options: FaultyEngineOptions): Promise<FaultyEngine> {
  return await untilRunning(spawnFaultyEngine(options));
}

function limited(filesMax: number | undefined): readonly string[] {
  if (filesMax === undefined) return COMMAND;
  return ["sh", "-c", `ulimit -n ${filesMax}; exec "$@"`, "sh", ...COMMAND];
}
