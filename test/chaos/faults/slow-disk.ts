import { errorText } from "../../../src/errors.ts";
import { within } from "../../support/within.ts";

/** Delay of each sync, as on a failing disk. */
const SYNC_US = 700_000;
const ATTACH_MS_MAX = 5_000;

export interface SlowDisk {
  end(): void;
}

/**
 * Delays every sync of a process with strace (Debian package `strace`). A Redis with `appendfsync everysec` then confirms writes
 * that are only in memory.
 *
 * @throws Error when strace is missing or may not trace.
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
  const message = await within(ATTACH_MS_MAX, firstOf(tracer.stderr), "strace traces").catch(
    errorText,
  );
  if (!message.includes("attached")) {
    tracer.kill("SIGKILL");
    throw new Error(`strace does not trace: ${message}`);
  }
  return {
    end() {
      tracer.kill("SIGKILL"); // The kernel detaches it.
    },
  };
}

async function firstOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}
