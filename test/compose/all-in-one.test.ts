import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { testPort } from "../support/test-port.ts";
import { checkAllStored, queueflow, untilReady } from "./container.ts";
import { runName } from "./container-name.ts";
import { docker, tryDocker } from "./docker.ts";

const START_MS_MAX = 240_000;
/** Accepted between two faults. */
const EVENTS = 200;
const IMAGE = `${runName()}:all-in-one`;

describe("the all-in-one image", () => {
  const name = `${runName()}-all-in-one`;
  const volume = ["--volume", `${name}:/data`];
  const port = testPort();
  const published = ["--publish", `127.0.0.1:${port}:3000`, "--env=CLAIM_IDLE_MS=2000"];
  let load: Load;

  beforeAll(async () => {
    await docker(["run", "--detach", "--name", name, ...published, ...volume, IMAGE]);
    await untilReady(name);
    load = startLoad({ url: () => `http://127.0.0.1:${port}` });
    await load.untilAccepted(EVENTS);
  }, START_MS_MAX);

  afterAll(async () => {
    await load?.stop();
    await docker(["rm", "--force", name]);
  }, 60_000);

  test("keeps every event when it is killed", async () => {
    await docker(["kill", name]);
    await docker(["start", name]);
    await load.untilAccepted(EVENTS);
  });

  test.each(["redis-server", "postgres"])(
    "restarts a killed %s and reaps its children",
    async (program) => {
      await inContainer(name, `kill -9 $(${pidsOf(program)} | head -n 1)`);
      await load.untilAccepted(EVENTS);
      await untilReady(name);
      await eventually(async () => expect(await inContainer(name, ZOMBIES)).toBe(""));
    },
  );

  test("stops in time for docker stop", async () => {
    await docker(["stop", name]);
    expect(await docker(["inspect", "--format", "{{.State.ExitCode}}", name])).toBe("0");
    await docker(["start", name]);
    await load.untilAccepted(EVENTS);
  });

  test("runs in a new container over the same volume", async () => {
    await docker(["rm", "--force", name]);
    await docker(["run", "--detach", "--name", name, ...published, ...volume, IMAGE]);
    await load.untilAccepted(EVENTS);
  });

  test("refuses the volume of a running container", async () => {
    const { exitCode, stderr } = await tryDocker(["run", "--rm", ...volume, IMAGE]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("Another engine, process ")]);
  });

  test("stores every accepted event once", async () => {
    await load.stop();
    await checkAllStored(name, load);
  });

  test("restores a backup into a new volume", async () => {
    const restored = `${name}-restored`;
    const file = join(temporaryFolder("backup"), "queueflow.tar.zst");
    await shell(`docker exec ${name} queueflow backup - > ${file}`);
    const into = ["--volume", `${restored}:/data`];
    await shell(`docker run --rm -i ${into.join(" ")} ${IMAGE} restore - < ${file}`);
    await docker(["run", "--detach", "--name", restored, ...into, IMAGE]);
    await untilReady(restored);
    await checkAllStored(restored, load);
    await docker(["rm", "--force", restored]);
  });

  test("says which PostgreSQL the data of another major version needs", async () => {
    await docker(["stop", name]);
    const overwrite = [
      "--entrypoint",
      "sh",
      IMAGE,
      "-c",
      "echo 17 >.queueflow/postgres/PG_VERSION",
    ];
    await docker(["run", "--rm", ...volume, ...overwrite]);
    const { exitCode, stderr } = await tryDocker(["run", "--rm", ...volume, IMAGE]);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining("the data needs PostgreSQL 17, but"),
    ]);
  });
});

test(
  "the all-in-one image needs no privileges and little memory",
  async () => {
    const name = `${runName()}-confined`;
    const flags = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
    const limits = ["--user=12345:54321", "--memory=512m", `--volume=${name}:/data`];
    await docker(["run", "--detach", "--name", name, ...flags, ...limits, IMAGE]);
    await untilReady(name);
    await docker(["kill", name]);
    await docker(["start", name]);
    await untilReady(name);
    expect(await queueflow(name, "status")).toMatch(/memory used of 85\S* MiB/);
    await docker(["rm", "--force", name]);
  },
  START_MS_MAX,
);

async function shell(script: string): Promise<void> {
  const child = Bun.spawn(["sh", "-c", script], { stderr: "pipe" });
  const errors = await new Response(child.stderr).text();
  expect(await child.exited, errors).toBe(0);
}

async function inContainer(container: string, script: string): Promise<string> {
  return await docker(["exec", container, "sh", "-c", script]);
}

/** A shell command that prints the ids of the processes of a program, oldest first; the image has no pgrep. */
function pidsOf(program: string): string {
  return `grep -l '(${program})' /proc/[0-9]*/stat | cut -d / -f 3 | sort -n`;
}

/** A shell command that prints the zombies, except for the shell's own. */
const ZOMBIES = "grep -l ') Z 1 ' /proc/[0-9]*/stat || true";
