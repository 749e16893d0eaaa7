import { rmSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../src/embedded/free-port.ts";
import { emptyFolder } from "./engine.ts";
import { within } from "./within.ts";

/** A server program that speaks Redis's protocol. */
export interface RedisVariant {
  readonly name: string;
  /** Undefined where it is not found; its tests are skipped then, and their titles say what they need. */
  readonly program: string | undefined;
}

/**
 * The servers that the engine must be right on: the one on the PATH, Redis 8, whose replies and replication differ from those
 * of 7.0, and Valkey. The last two are given by REDIS_8_SERVER and VALKEY_SERVER, the paths of the programs.
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

/** A server of a test's own that keeps an append-only file as the engine's does. `await using` ends it. */
export interface VariantServer extends AsyncDisposable {
  readonly url: string;
  /** Ends it with SIGKILL; with `append-only file lost`, removes what it has written. */
  kill(then?: "append-only file lost"): Promise<void>;
  /** Starts it again on the same port and folder. */
  start(): Promise<void>;
}

const START_MS_MAX = 30_000;
const READY = "Ready to accept connections";

/** Starts `program` with the settings of an embedded Redis, and DEBUG. */
export async function startVariant(
  program: string,
  settings: readonly string[] = [],
): Promise<VariantServer> {
  const folder = emptyFolder();
  const port = freePort();
  const placed = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const command = [program, ...placed, ...durable, "--enable-debug-command", "yes", ...settings];
  let server: Bun.Subprocess<"ignore", "pipe", "ignore"> | undefined;
  async function start(): Promise<void> {
    const child = Bun.spawn(command, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    server = child;
    await within(START_MS_MAX, untilSaid(child.stdout, READY), `${program} is ready`);
  }
  async function kill(then?: "append-only file lost"): Promise<void> {
    server?.kill("SIGKILL");
    await server?.exited;
    if (then !== undefined) rmSync(join(folder, "appendonlydir"), { recursive: true });
  }
  await start();
  return { url: `redis://127.0.0.1:${port}`, start, kill, [Symbol.asyncDispose]: kill };
}

async function untilSaid(output: ReadableStream<Uint8Array>, text: string): Promise<void> {
  const said = Promise.withResolvers<void>();
  void (async () => {
    const decoder = new TextDecoder();
    let all = "";
    // To its end, so that the server never waits for room in the pipe.
    for await (const chunk of output) {
      all = (all + decoder.decode(chunk, { stream: true })).slice(-10_000);
      if (all.includes(text)) said.resolve();
    }
    said.reject(new Error(`The server ended:\n${all}`));
  })();
  await said.promise;
}
