import { rmSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "./engine.ts";
import { testPort } from "./test-port.ts";
import { within } from "./within.ts";

export interface RedisVariant {
  readonly name: string;
  /** Undefined if not installed; the tests are skipped then, and their titles name the missing variable. */
  readonly program: string | undefined;
}

/**
 * The supported servers: the one on the PATH, Redis 8, whose replies and replication differ from 7.0, and Valkey. REDIS_8_SERVER
 * and VALKEY_SERVER contain the paths of the last two.
 */
export const REDIS_VARIANTS: readonly RedisVariant[] = [
  { name: "the Redis on the PATH", program: foundAt("redis-server") },
  variant("Redis 8", { variable: "REDIS_8_SERVER", command: "redis-8-server" }),
  variant("Valkey", { variable: "VALKEY_SERVER", command: "valkey-server" }),
];

function variant(
  server: string,
  { variable, command }: { variable: string; command: string },
): RedisVariant {
  const program = Bun.env[variable] ?? foundAt(command);
  const name = program === undefined ? `${server} (skipped: ${variable} names no program)` : server;
  return { name, program };
}

function foundAt(command: string): string | undefined {
  return Bun.which(command) ?? undefined;
}

/** A server with an append-only file like the embedded one. `await using` kills it. */
export interface VariantServer extends AsyncDisposable {
  readonly url: string;
  /** Sends SIGKILL, and optionally removes the append-only file. */
  kill(then?: "append-only file lost"): Promise<void>;
  /** Restarts it on the same port and folder. */
  start(): Promise<void>;
}

const START_MS_MAX = 30_000;
const READY = "Ready to accept connections";

/** Starts `program` with the settings of an embedded Redis, and with the command DEBUG. */
export async function startVariant(
  program: string,
  settings: readonly string[] = [],
): Promise<VariantServer> {
  const folder = emptyFolder();
  const port = testPort();
  const placed = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const command = [program, ...placed, ...durable, "--enable-debug-command", "yes", ...settings];
  let server: Bun.Subprocess<"ignore", "pipe", "ignore"> | undefined;
  async function start(): Promise<void> {
    const child = Bun.spawn(command, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    server = child;
    await within(START_MS_MAX, untilPrinted(child.stdout, READY), `${program} is ready`);
  }
  async function kill(then?: "append-only file lost"): Promise<void> {
    server?.kill("SIGKILL");
    await server?.exited;
    if (then !== undefined) rmSync(join(folder, "appendonlydir"), { recursive: true });
  }
  await start();
  return { url: `redis://127.0.0.1:${port}`, start, kill, [Symbol.asyncDispose]: kill };
}

async function untilPrinted(output: ReadableStream<Uint8Array>, text: string): Promise<void> {
  const printed = Promise.withResolvers<void>();
  void (async () => {
    const decoder = new TextDecoder();
    let all = "";
    // Reads to the end, so that the server never blocks on a full pipe.
    for await (const chunk of output) {
      all = (all + decoder.decode(chunk, { stream: true })).slice(-10_000);
      if (all.includes(text)) printed.resolve();
    }
    printed.reject(new Error(`The server exited:\n${all}`));
  })();
  await printed.promise;
}
