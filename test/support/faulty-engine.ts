import {
  type Engine,
  type EngineOptions,
  engineCommand,
  spawnEngine,
  untilRunning,
} from "./engine.ts";
import type { ThreadFault } from "./thread-fault.ts";

const COMMAND = engineCommand("test/support/faulty-main.ts");

/** An engine whose threads can be made to exit or hang. `await using` kills it. */
export interface FaultyEngine extends Engine {
  /** Injects a fault into a thread, or into the next one of this name while it is restarting. */
  strike(child: string, fault: ThreadFault): void;
}

export interface FaultyEngineOptions extends Omit<EngineOptions, "command" | "stdin"> {
  /** Limit of open files; that of the tests by default. */
  readonly filesMax?: number;
}

/** Starts an engine with `faulty-main.ts`, without waiting until it runs. */
export function spawnFaultyEngine({ filesMax, ...options }: FaultyEngineOptions): FaultyEngine {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const orders = writable.getWriter();
  const engine = spawnEngine({ ...options, command: limited(filesMax), stdin: readable });
  return {
    ...engine,
    strike(child, fault) {
      const line = `${JSON.stringify({ child, fault })}\n`;
      // The engine may have exited.
      orders.write(new TextEncoder().encode(line)).catch(() => undefined);
    },
  };
}

export async function startFaultyEngine(options: FaultyEngineOptions): Promise<FaultyEngine> {
  return await untilRunning(spawnFaultyEngine(options));
}

function limited(filesMax: number | undefined): readonly string[] {
  if (filesMax === undefined) return COMMAND;
  return ["sh", "-c", `ulimit -n ${filesMax}; exec "$@"`, "sh", ...COMMAND];
}
