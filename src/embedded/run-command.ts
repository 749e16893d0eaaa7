import { QueueFlowError } from "../errors.ts";
import type { Account } from "./account.ts";

/** Where and as whom a command runs; without `env` it gets the engine's own environment. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly account?: Account | undefined;
  /** An open file, or a text, to read from. */
  readonly input?: number | string;
  readonly signal?: AbortSignal;
}

/** Lines of a failed command's output that its error quotes. */
const QUOTED_LINES = 6;

/**
 * Runs a command to its end and returns what it wrote to standard output.
 *
 * @throws QueueFlowError `embedded_server_failed` with its last lines when it cannot run or fails.
 */
export async function runCommand(
  command: readonly string[],
  { cwd, env, account, input, signal }: CommandOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  const child = spawnCommand();
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  signal?.throwIfAborted();
  if (exitCode === 0) return stdout;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  const quoted = lines.slice(-QUOTED_LINES).join("\n");
  throw new QueueFlowError(
    "embedded_server_failed",
    `${command.join(" ")} ended with code ${exitCode}: ${quoted}`,
  );

  function spawnCommand() {
    try {
      return Bun.spawn([...command], {
        stdin: typeof input === "string" ? Buffer.from(input) : (input ?? "ignore"),
        stdout: "pipe",
        stderr: "pipe",
        ...(cwd === undefined ? {} : { cwd }),
        ...(env === undefined ? {} : { env: { ...env } }),
        ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      throw new QueueFlowError("embedded_server_failed", `Cannot run ${command[0]}`, { cause });
    }
  }
}
