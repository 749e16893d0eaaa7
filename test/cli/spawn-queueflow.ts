import { ENGINE } from "../support/engine.ts";
import type { CommandOptions, CommandResult } from "./run-queueflow.ts";

/** Starts `queueflow` in a process of its own, whose output is not a terminal. */
export function spawnQueueflow(
  args: readonly string[],
  { env = {}, cwd }: Omit<CommandOptions, "stdin"> = {},
) {
  const child = Bun.spawn([...ENGINE, ...args], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
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
    stdin: child.stdin,
    kill: (signal: NodeJS.Signals): void => child.kill(signal),
    [Symbol.dispose]: (): void => child.kill("SIGKILL"),
  };
}
