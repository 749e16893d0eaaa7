import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { emptyFolder } from "../engine.ts";
import { eventually } from "../eventually.ts";
import { suspend } from "../server-processes.ts";
import { testPort } from "../test-port.ts";

const LOOPBACK = "127.0.0.1";
const DURABLE = ["appendonly yes", "appendfsync always", "save ''"];

/** A `redis-server` that a test may kill, suspend and start again. `await using` kills it. */
export class RedisNode implements AsyncDisposable {
  readonly port: number;
  readonly #folder = emptyFolder();
  readonly #settings: readonly string[];
  readonly #mode: readonly string[];
  #server: Bun.Subprocess | undefined;

  constructor(
    settings: readonly string[] = [],
    { port = testPort(), isSentinel = false }: { port?: number; isSentinel?: boolean } = {},
  ) {
    this.port = port;
    this.#settings = [...(isSentinel ? [] : DURABLE), ...settings];
    this.#mode = isSentinel ? ["--sentinel"] : [];
    // Sentinel and a cluster rewrite their files.
    writeFileSync(this.#file, [`bind ${LOOPBACK}`, `port ${port}`, ...this.#settings].join("\n"));
  }

  get address(): string {
    return `${LOOPBACK}:${this.port}`;
  }

  get #file(): string {
    return join(this.#folder, "server.conf");
  }

  async start(): Promise<void> {
    this.#server = Bun.spawn(["redis-server", this.#file, ...this.#mode], {
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "ignore"],
    });
    await eventually(async () => {
      await this.call("PING").catch((error: unknown) => {
        if (!String(error).includes("NOAUTH")) throw error;
      });
    });
  }

  /** On a connection of its own. */
  async call(command: string, ...args: (string | number)[]): Promise<unknown> {
    const redis = new Redis({
      host: LOOPBACK,
      port: this.port,
      protocol: 2,
      lazyConnect: true,
      connectTimeout: 2_000,
      commandTimeout: 3_000,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    redis.on("error", () => undefined);
    try {
      await redis.connect();
      return await redis.call(command, args);
    } finally {
      redis.disconnect();
    }
  }

  /** Ends it like a crash of its machine. */
  async kill(): Promise<void> {
    this.#server?.kill("SIGKILL");
    await this.#server?.exited;
    this.#server = undefined;
  }

  /** Connections stay open, and nobody answers. */
  async suspend(): Promise<void> {
    if (this.#server !== undefined) await suspend(this.#server.pid);
  }

  resume(): void {
    this.#server?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
