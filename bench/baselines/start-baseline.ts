import { join } from "node:path";
import { freePort } from "../../src/embedded/free-port.ts";
import { emptyFolder } from "../../test/support/engine.ts";
import { pinned } from "../machine/pin.ts";

export interface Baseline extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

export async function startBareServer(cores: string): Promise<Baseline> {
  const script = join(import.meta.dir, "bare-server.ts");
  return await start(cores, (port) => [process.execPath, script, port]);
}

export async function startAppendingServer(
  cores: string,
  { redisUrl, stream }: { readonly redisUrl: string; readonly stream: string },
): Promise<Baseline> {
  const script = join(import.meta.dir, "appending-server.ts");
  return await start(cores, (port) => [process.execPath, script, port, redisUrl, stream]);
}

export async function startBatchServer(
  cores: string,
  { redisUrl, stream }: { readonly redisUrl: string; readonly stream: string },
): Promise<Baseline> {
  const script = join(import.meta.dir, "batch-server.ts");
  return await start(cores, (port) => [process.execPath, script, port, redisUrl, stream]);
}

/** Starts the Express server on Node, compiled into one JavaScript file. */
export async function startExpressServer(
  cores: string,
  { redisUrl, stream }: { readonly redisUrl: string; readonly stream: string },
): Promise<Baseline> {
  const outdir = emptyFolder();
  const entrypoints = [join(import.meta.dir, "express-server.ts")];
  await Bun.build({ entrypoints, target: "node", outdir, naming: "[name].mjs" });
  const script = join(outdir, "express-server.mjs");
  return await start(cores, (port) => ["node", script, port, redisUrl, stream]);
}

/** Resolves at the server's first output, which means that it listens. */
async function start(
  cores: string,
  commandOn: (port: string) => readonly string[],
): Promise<Baseline> {
  const port = freePort();
  const child = Bun.spawn([...pinned(cores, commandOn(String(port)))], {
    // The watcher of its folder kills the child if this process exits.
    cwd: emptyFolder(),
    env: { PATH: Bun.env["PATH"] ?? "", NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { done } = await child.stdout.getReader().read();
  if (done) throw new Error(`A baseline ended with code ${await child.exited}`);
  return {
    port,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
