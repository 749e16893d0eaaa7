import { errorText } from "../../../src/errors.ts";
import { within } from "../../support/within.ts";

/** How long a sync of the file takes meanwhile, in microseconds: a good part of a second, as on a disk that dies. */
const SYNC_US = 700_000;
const ATTACH_MS_MAX = 5_000;

/** A disk that is slow until it is told to be itself again. */
export interface SlowDisk {
  end(): void;
}

/**
 * Makes every sync to disk of a process slow, by strace (Debian: package `strace`), without the process
 * knowing. A Redis with `appendfsync everysec` answers writes meanwhile that it only holds in memory.
 *
 * @throws Error when there is no strace, or it may not trace.
 */
export async function slowDisk(pid: number): Promise<SlowDisk> {
  const program = Bun.which("strace");
  if (program === null) throw new Error("strace is not installed");
  const syncs = "fdatasync,fsync";
  const inject = `inject=${syncs}:delay_enter=${SYNC_US}`;
  const filters = ["-e", `trace=${syncs}`, "-e", inject];
  const tracer = Bun.spawn([program, "-f", "-o", "/dev/null", ...filters, "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = await within(ATTACH_MS_MAX, firstOf(tracer.stderr), "strace traces").catch(
    errorText,
  );
  if (!said.includes("attached")) {
    tracer.kill("SIGKILL");
    throw new Error(`strace does not trace: ${said}`);
  }
  return {
    end() {
      tracer.kill("SIGKILL"); // The kernel lets go of what it traced.
    },
  };
}

async function firstOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}
