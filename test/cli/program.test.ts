import { describe, expect, test } from "bun:test";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENGINE } from "../support/engine.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { spawnQueueflow } from "./spawn-queueflow.ts";

// What the shell of a process does that a test's own shell does not. Other tests run commands in process.

/** Nothing listens there. */
const ENV = {
  REDIS_URL: "redis://127.0.0.1:1",
  DATABASE_URL: "postgres://u:p@127.0.0.1:1/d",
  API_PORT: "1",
};
/** Writes to the pipe until its reader has exited, runs the command on it, and prints its exit code. */
const WITHOUT_READER =
  '{ (trap "" PIPE; while echo; do :; done) 2>/dev/null; "$@"; echo $? >&2; } | :';
const TIMEOUT_MS = 120_000;

test(
  "exits with the command's code",
  async () => {
    const [good, bad] = await Promise.all([
      spawnQueueflow(["version"]).result,
      spawnQueueflow(["bogus"]).result,
    ]);
    expect(good).toMatchObject({ exitCode: 0, stderr: "" });
    expect(bad).toMatchObject({ exitCode: 2, stdout: "" });
    expect(bad.stderr).toStartWith("queueflow: unknown command 'bogus'");
  },
  TIMEOUT_MS,
);

test(
  "reads variables from the environment and .env files",
  async () => {
    const cwd = temporaryFolder("config");
    const files = {
      ".env": "API_PORT=1\nCLAIM_IDLE_MS=2000\nLOG_LEVEL=warn\nREDIS_GROUP=other\n",
      ".env.local": "export LOG_LEVEL='error'\n",
      ".env.production": "CLAIM_IDLE_MS=3000\n",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const env = { API_PORT: "4000", REDIS_GROUP: "" };
    const settingsOf = async (more = {}) => {
      const command = spawnQueueflow(["config", "--json"], { cwd, env: { ...env, ...more } });
      const { settings } = JSON.parse((await command.result).stdout);
      return (name: string) => {
        const { value, from } = settings.find((setting: { name: string }) => setting.name === name);
        return [value, from];
      };
    };
    const [development, production] = await Promise.all([
      settingsOf(),
      settingsOf({ NODE_ENV: "production" }),
    ]);
    expect(development("API_PORT")).toEqual(["4000", "environment"]);
    expect(development("CLAIM_IDLE_MS")).toEqual(["2000", ".env"]);
    expect(development("LOG_LEVEL")).toEqual(["error", ".env.local"]);
    expect(development("REDIS_GROUP")).toEqual(["analytics_workers", "default"]);
    expect(production("CLAIM_IDLE_MS")).toEqual(["3000", ".env.production"]);
  },
  TIMEOUT_MS,
);

describe.each([[["version"]], [["status", "--json", "--watch"]]])("%j", (args) => {
  test(
    "exits with 141 and no message when its reader exits",
    async () => {
      const child = Bun.spawn(["sh", "-c", WITHOUT_READER, "sh", ...ENGINE, ...args], {
        env: ENV,
        stdio: ["ignore", "ignore", "pipe"],
      });
      expect(await new Response(child.stderr).text()).toBe("141\n");
    },
    TIMEOUT_MS,
  );

  test(
    "exits with 1 and a message when its output fails",
    async () => {
      const child = Bun.spawn([...ENGINE, ...args], {
        env: ENV,
        stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      });
      expect(await new Response(child.stderr).text()).toBe(
        "queueflow: Cannot write the output: ENOSPC: no space left on device, write\n",
      );
      expect(await child.exited).toBe(1);
    },
    TIMEOUT_MS,
  );
});
