import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { EngineOutput } from "./engine-output.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testPort } from "./test-port.ts";
import { within } from "./within.ts";

/** The engine as a clone runs it. */
export const FROM_SOURCE: readonly string[] = [
  process.execPath,
  join(import.meta.dir, "..", "..", "src", "main.ts"),
];
/** A first start with embedded servers makes a PostgreSQL cluster, and may install Redis before. */
export const ENGINE_START_MS_MAX = 240_000;
/** A stop has `SHUTDOWN_TIMEOUT_MS`, 10 s unless set, and the embedded servers have 13 s after it. */
const STOP_MS_MAX = 40_000;
const RUNNING = "is running\n";

/** How to start an engine. */
export interface EngineOptions {
  /** Its whole environment, besides `PATH` and, unless given, a free `API_PORT`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to start it in, one of `temporaryFolder`, whose watcher ends what is left in it. */
  readonly cwd?: string;
  /** What to run: the engine from source unless given, or an executable. */
  readonly command?: readonly string[];
  /** Its standard input; nothing unless given. */
  readonly stdin?: ReadableStream<Uint8Array>;
}

/** An engine in a process, and a process group, of its own. `await using` ends it. */
export interface Engine extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly cwd: string;
  readonly output: EngineOutput;
  /** Resolves when it says that it is running; rejects, with what it wrote, when it ends before. */
  readonly running: Promise<void>;
  /** Resolves with its exit code; 128 and the number of the signal that ended it. */
  readonly exited: Promise<number>;
  /** Sends a signal to the process, or to its group as a terminal does with Ctrl-C. */
  signal(name: NodeJS.Signals, to?: "process" | "group"): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number>;
  /** SIGKILL; resolves when the process is gone. Embedded servers stay, as with any engine that was killed. */
  kill(): Promise<void>;
}

/** Starts an engine and resolves when it is running: every thread is ready, and the port is open. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  return await untilRunning(spawnEngine(options));
}

/** Resolves with the engine when it is running; ends it when it does not come to that. */
export async function untilRunning<Started extends Engine>(engine: Started): Promise<Started> {
  try {
    await within(ENGINE_START_MS_MAX, engine.running, "the engine runs");
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts an engine without waiting: for starts that shall fail, or be interrupted. */
export function spawnEngine({ env = {}, cwd, command, stdin }: EngineOptions = {}): Engine {
  const port = Number(env["API_PORT"] ?? testPort());
  const folder = cwd ?? emptyFolder();
  const child = Bun.spawn([...(command ?? FROM_SOURCE)], {
    cwd: folder,
    env: { PATH: Bun.env["PATH"] ?? "", API_PORT: String(port), ...env },
    detached: true,
    stdio: [stdin ?? "ignore", "pipe", "pipe"],
  });
  const output = new EngineOutput(child.stdout, child.stderr);
  const { exited } = child;

  async function running(): Promise<void> {
    if ((await output.untilErrors(RUNNING)) === "said") return;
    throw new Error(`The engine ended with code ${await exited}:\n${output.tail()}`);
  }
  async function dispose(): Promise<void> {
    const isAlive = child.exitCode === null && child.signalCode === null;
    const hasServers = env["REDIS_URL"] === undefined || env["DATABASE_URL"] === undefined;
    if (isAlive && hasServers) {
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      await within(STOP_MS_MAX, exited, "the engine ends").catch(() => undefined);
    }
    child.kill("SIGKILL");
    await exited;
  }
  const started = running();
  started.catch(() => undefined); // For who waits for it; an engine may be meant to end before.
  return {
    pid: child.pid,
    port,
    url: `http://127.0.0.1:${port}`,
    cwd: folder,
    output,
    running: started,
    exited,
    signal(name, to = "process") {
      process.kill(to === "group" ? -child.pid : child.pid, name);
    },
    async stop() {
      child.kill("SIGTERM");
      return await within(STOP_MS_MAX, exited, () => `the engine ends\n${output.tail()}`);
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

let enginesFolder: string | undefined;
let folders = 0;

/** A new folder without anything in it, gone when the tests are. */
export function emptyFolder(): string {
  enginesFolder ??= temporaryFolder("engines");
  folders += 1;
  const folder = join(enginesFolder, String(folders));
  mkdirSync(folder);
  return folder;
}
