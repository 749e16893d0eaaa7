import { QueueFlowError } from "../errors.ts";
import type { Account } from "./account.ts";

export interface CommandOptions {
  /** Stands for the command in errors. */
  readonly name?: string;
  readonly cwd?: string;
  /** By default that of the engine. */
  readonly env?: Readonly<Record<string, string>>;
  readonly account?: Account | undefined;
  readonly input?: string;
  readonly signal?: AbortSignal;
}

const QUOTED_LINES = 6;

/**
 * Returns the standard output.
 *
 * @throws QueueFlowError `embedded_server_failed` with the last lines of output.
 */
export async function runCommand(
  command: readonly string[],
  { name, cwd, env, account, input, signal }: CommandOptions = {},
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
    `${name ?? command.join(" ")} exited with code ${exitCode}: ${quoted}`,
  );

  function spawnCommand() {
    try {
      return Bun.spawn([...command], {
        stdin: input === undefined ? "ignore" : Buffer.from(input),
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
