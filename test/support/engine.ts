import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { EngineOutput } from "./engine-output.ts";
import { copyCluster } from "./postgres-template.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testPort } from "./test-port.ts";
import { within } from "./within.ts";

/** A folder with a bundle of the engine, which starts in half the CPU time of the sources; `test/main.ts` builds it. */
export const BUNDLE_VARIABLE = "TEST_ENGINE_BUNDLE";
/** A first start with embedded servers creates a PostgreSQL cluster, and may install Redis first. */
export const ENGINE_START_MS_MAX = 240_000;
/** A stop may take `SHUTDOWN_TIMEOUT_MS`, 10 s by default, and the embedded servers 13 s more. */
const STOP_MS_MAX = 40_000;
/** In the banner, which says first whether the engine runs or waits for a server. */
const STARTED = "Ctrl-C or SIGTERM stops it";

const ROOT = Bun.env[BUNDLE_VARIABLE] ?? join(import.meta.dir, "..", "..");

/** Runs the engine. */
export const ENGINE = engineCommand("src/main.ts");

/** Returns the command that runs an entry of the engine, a path from the project's folder; `BUNDLED` lists them. */
export function engineCommand(entry: string): readonly string[] {
  return [process.execPath, join(ROOT, entry)];
}

export interface EngineOptions {
  /** Its whole environment, except for `PATH` and, by default, a free `API_PORT`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its working directory, by default a new one; inside a `temporaryFolder`, which kills the processes left in it. */
  readonly cwd?: string;
  /** `ENGINE` by default. */
  readonly command?: readonly string[];
  /** Empty by default. */
  readonly stdin?: ReadableStream<Uint8Array>;
}

/** An engine in its own process group. `await using` kills it. */
export interface Engine extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly cwd: string;
  readonly output: EngineOutput;
  /** Resolves when it prints that it is running or waits for a server; rejects with its output when it exits first. */
  readonly running: Promise<void>;
  /** Resolves with its exit code, which is 128 plus the number of the signal that killed it. */
  readonly exited: Promise<number>;
  /** Signals the process, or its group as a terminal does on Ctrl-C. */
  signal(name: NodeJS.Signals, to?: "process" | "group"): void;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number>;
  /** Sends SIGKILL; resolves when the process has exited. Embedded servers keep running. */
  kill(): Promise<void>;
}

/** Starts an engine and waits until every thread is ready and the port is open, whether or not its servers answer. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  return await untilRunning(spawnEngine(options));
}

/** Returns the engine when it is running. Kills it if it does not start. */
export async function untilRunning<Started extends Engine>(engine: Started): Promise<Started> {
  try {
    await within(ENGINE_START_MS_MAX, engine.running, "the engine runs");
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** Starts an engine without waiting, for a start that fails or is interrupted. */
export function spawnEngine({ env = {}, cwd, command, stdin }: EngineOptions = {}): Engine {
  const port = Number(env["API_PORT"] ?? testPort());
  const folder = cwd ?? emptyFolder();
  const child = Bun.spawn([...(command ?? ENGINE)], {
    cwd: folder,
    env: { PATH: Bun.env["PATH"] ?? "", API_PORT: String(port), ...env },
    detached: true,
    stdio: [stdin ?? "ignore", "pipe", "pipe"],
  });
  const output = new EngineOutput(child.stdout, child.stderr);
  const { exited } = child;

  async function running(): Promise<void> {
    if ((await output.untilErrors(STARTED)) === "found") return;
    throw new Error(`The engine exited with code ${await exited}:\n${output.tail()}`);
  }
  async function dispose(): Promise<void> {
    const isAlive = child.exitCode === null && child.signalCode === null;
    const hasServers = env["REDIS_URL"] === undefined || env["DATABASE_URL"] === undefined;
    if (isAlive && hasServers) {
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      await within(STOP_MS_MAX, exited, "the engine exits").catch(() => undefined);
    }
    child.kill("SIGKILL");
    await exited;
  }
  const started = running();
  started.catch(() => undefined); // A test may expect the start to fail.
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
      return await within(STOP_MS_MAX, exited, () => `the engine exits\n${output.tail()}`);
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

/** Returns a new empty folder, removed when the tests end. */
export function emptyFolder(): string {
  enginesFolder ??= temporaryFolder("engines");
  folders += 1;
  const folder = join(enginesFolder, String(folders));
  mkdirSync(folder);
  return folder;
}

/** Returns a new folder with the data of an engine that was started and stopped once, to save the time of `initdb`. */
export function usedFolder(): string {
  const folder = emptyFolder();
  const dataDir = join(folder, ".queueflow");
  mkdirSync(dataDir);
  copyCluster(dataDir);
  return folder;
}
