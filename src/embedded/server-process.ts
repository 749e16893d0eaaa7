import { afterDeadline } from "../async/after-deadline.ts";
import type { Account } from "./account.ts";
import type { ServerLog } from "./server-log.ts";

/** How to run a server; all of it stays the same when the server is started again. */
export interface ServerSpec {
  readonly name: "redis" | "postgres";
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The account to run under when it is not the engine's own. */
  readonly account: Account | undefined;
  /** What the server writes when it accepts connections. */
  readonly readyText: string;
  /** Asks for a clean end, then for an end without cleaning up; SIGKILL comes after both. */
  readonly stopSignals: readonly [NodeJS.Signals, NodeJS.Signals];
}

/** One run of a server. */
export interface ServerProcess {
  readonly pid: number;
  /** "ready" when the server said so, "ended" when it ended before. Never rejects. */
  readonly start: Promise<"ready" | "ended">;
  /** How the process ended, once its output is read. Never rejects. */
  readonly end: Promise<string>;
  /** Ends the process, by force when it does not go; the returned promise is `end`. */
  stop(): Promise<string>;
}

/** How long a clean end may take, then an unclean one. */
const STOP_DEADLINES_MS = [10_000, 3_000] as const;

/** How long output may flow on after the end: a child of the server may hold the pipe for ever. */
const OUTPUT_DEADLINE_MS = 2_000;

/**
 * Starts a server in a session of its own: Ctrl-C in a terminal signals every process of the
 * foreground group, and the servers must outlive the drain of the engine.
 *
 * @throws whatever the system says when the program cannot be started.
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
    if (line.includes(spec.readyText)) ready.resolve("ready");
  };
  const read = Promise.allSettled([
    readLines(child.stdout, onLine),
    readLines(child.stderr, onLine),
  ]);
  const end = child.exited.then(async () => {
    await within(OUTPUT_DEADLINE_MS, read);
    return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
  });
  const start = Promise.race([ready.promise, end.then(() => "ended" as const)]);

  let stopped: Promise<string> | undefined;
  async function stopInStages(): Promise<string> {
    const [clean, unclean] = spec.stopSignals;
    child.kill(clean);
    if (!(await within(STOP_DEADLINES_MS[0], child.exited))) child.kill(unclean);
    if (!(await within(STOP_DEADLINES_MS[1], child.exited))) child.kill("SIGKILL");
    return end;
  }

  return {
    pid: child.pid,
    start,
    end,
    stop() {
      stopped ??= stopInStages();
      return stopped;
    },
  };
}

/** Whether `settled` settles within the deadline. */
async function within(deadlineMs: number, settled: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = afterDeadline(deadlineMs, () => late.resolve(false));
  const inTime = await Promise.race([settled.then(() => true), late.promise]);
  cancel();
  return inTime;
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
