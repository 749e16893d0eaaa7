import { expect, test } from "bun:test";
import { join } from "node:path";
import { ENGINE, startEngine } from "../support/engine.ts";
import { checkAllStored, openEngineServers } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;
/** Quoted: the path of a clone may have spaces. */
const COMMAND = `${ENGINE.map((part) => `"${part}"`).join(" ")} serve --stop-with-parent`;
const IN_SHELL = COMMAND.replaceAll('"', '\\"');
const NOTHING_SENT = { accepted: new Set<string>(), sent: new Set<string>() };

/** Parents that exit on a signal without passing it on. */
const PARENTS: readonly [string, readonly string[]][] = [
  ["its parent", ["sh", "-c", `${COMMAND} & wait`]],
  [
    "the npx above its parent",
    ["bash", "-c", `exec -a "npm exec bun" sh -c 'sh -c "${IN_SHELL} & wait" & wait'`],
  ],
];

for (const [name, command] of PARENTS) {
  test(
    `serve --stop-with-parent stops when ${name} is killed`,
    async () => {
      await using servers = await openEngineServers();
      await using started = await startEngine({ env: servers.env, command });
      await started.kill();
      const stopped = await started.output.record("Stopped");
      expect(stopped["outcome"]).toBe("finished");
      await started.output.ended;
      await checkAllStored(servers, NOTHING_SENT);
    },
    TIMEOUT_MS,
  );
}

test(
  "bun run start exits with 0 after one Ctrl-C to all processes",
  async () => {
    await using servers = await openEngineServers();
    const root = join(import.meta.dir, "..", "..");
    const command = [process.execPath, "run", "--cwd", root, "start"];
    await using started = await startEngine({ env: servers.env, command });
    started.signal("SIGINT", "group");
    expect(await started.exited).toBe(0);
    expect((await started.output.record("Stopped"))["outcome"]).toBe("finished");
  },
  TIMEOUT_MS,
);
