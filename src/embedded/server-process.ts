import { withDeadline } from "../async/deadline.ts";
import type { Account } from "./account.ts";
import type { ServerLog } from "./server-log.ts";

export interface ServerSpec {
  readonly name: "redis" | "postgres";
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The engine's own when undefined. */
  readonly account: Account | undefined;
  /** In lower case; its own is ignored. */
  readonly readyText: string;
  /** Clean shutdown, then immediate shutdown; SIGKILL follows. */
  readonly stopSignals: readonly [NodeJS.Signals, NodeJS.Signals];
}

export interface ServerProcess {
  readonly pid: number;
  /** "exited" when the server exits before it is ready. Never rejects. */
  readonly start: Promise<"ready" | "exited">;
  /** The exit code or signal, once all output is read. Never rejects. */
  readonly exit: Promise<string>;
  /** Idempotent; returns `exit`. */
  stop(): Promise<string>;
}

/** Of `stopSignals`. */
const STOP_DEADLINES_MS = [10_000, 3_000] as const;

/** A child of the server may keep the output pipe open. */
const OUTPUT_DEADLINE_MS = 2_000;

/**
 * Starts the server in its own session, because Ctrl-C signals the whole foreground process group and the servers must outlive the
 * engine's shutdown.
 *
 * @throws a system error when the program cannot be started.
 */
export function spawnServer(spec: ServerSpec, output: ServerLog): ServerProcess {
  const child = Bun.spawn([...spec.command], {
    cwd: spec.cwd,
    env: { ...spec.env },
    ...(spec.account === undefined ? {} : { uid: spec.account.uid, gid: spec.account.gid }),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ready = Promise.withResolvers<"ready">();
  const onLine = (line: string) => {
    output.append(line);
    if (line.toLowerCase().includes(spec.readyText)) ready.resolve("ready");
  };
  const read = Promise.allSettled([
    readLines(child.stdout, onLine),
    readLines(child.stderr, onLine),
  ]);
  const exit = child.exited.then(async () => {
    await within(OUTPUT_DEADLINE_MS, read);
    return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
  });
  const start = Promise.race([ready.promise, exit.then(() => "exited" as const)]);

  let stopped: Promise<string> | undefined;
  async function stopInStages(): Promise<string> {
    const [clean, unclean] = spec.stopSignals;
    child.kill(clean);
    if (!(await within(STOP_DEADLINES_MS[0], child.exited))) child.kill(unclean);
    if (!(await within(STOP_DEADLINES_MS[1], child.exited))) child.kill("SIGKILL");
    return exit;
  }

  return {
    pid: child.pid,
    start,
    exit,
    stop() {
      stopped ??= stopInStages();
      return stopped;
    },
  };
}

async function within(deadlineMs: number, settled: Promise<unknown>): Promise<boolean> {
  return await withDeadline(
    settled.then(() => true),
    { deadlineMs, onLate: () => false },
  );
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
