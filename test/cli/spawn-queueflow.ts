import { join } from "node:path";

/** What a command is run with; its environment holds nothing else. */
export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: "ignore" | "pipe" | Blob;
}

/** What a command has left behind. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a command of `queueflow` in a process of its own, whose output is not a terminal. */
export function spawnQueueflow(args: readonly string[], options: SpawnOptions = {}) {
  const script = join(import.meta.dir, "queueflow-process.ts");
  const child = Bun.spawn([process.execPath, script, ...args], {
    env: { ...options.env },
    stdin: options.stdin ?? "ignore",
    stdout: "pipe",
    stderr: "pipe",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const result = async (): Promise<CommandResult> => {
    const [stdout, stderr, exitCode] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { exitCode, stdout, stderr };
  };
  return {
    result: result(),
    /** Writes to a standard input that is "pipe". */
    write: async (bytes: string | Uint8Array): Promise<void> => {
      if (typeof child.stdin !== "object") throw new Error("Standard input is no pipe");
      await child.stdin.write(bytes);
      await child.stdin.flush();
    },
    closeInput: async (): Promise<void> => {
      if (typeof child.stdin === "object") await child.stdin.end();
    },
    kill: (signal: NodeJS.Signals): void => child.kill(signal),
    [Symbol.dispose]: (): void => child.kill("SIGKILL"),
  };
}

/** Runs a command of `queueflow` to its end. */
export async function runQueueflow(
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<CommandResult> {
  return await spawnQueueflow(args, options).result;
}
