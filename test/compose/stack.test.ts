import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../support/eventually.ts";
import { type Load, startLoad } from "../support/load.ts";
import { testPort } from "../support/test-port.ts";
import { ComposeProject } from "./compose-project.ts";
import { checkAllStored, untilReady, urlOf } from "./container.ts";
import { docker } from "./docker.ts";

const UP_MS_MAX = 240_000;
/** Accepted between two faults. */
const EVENTS = 200;

const variables = {
  API_HOST: "127.0.0.1",
  API_PORT: String(testPort()),
  // Every character that a URL, a shell, YAML or compose may take for something else.
  REDIS_PASSWORD: `--r /@:%41#?&$HOME"'\\\`*{}ü`,
  POSTGRES_PASSWORD: `p /@:%41#?&$HOME"'\\\`*{}ü`,
  REDIS_MAXMEMORY: "100mb",
  CLAIM_IDLE_MS: "2000",
};

const project = new ComposeProject(variables);

describe("docker-compose.yml", () => {
  let load: Load;

  beforeAll(async () => {
    project.setVariables(variables);
    await project.run("up", "--detach", "--wait");
    const url = await urlOf(await project.container("queueflow"));
    load = startLoad({ url: () => url });
    await load.untilAccepted(EVENTS);
  }, UP_MS_MAX);

  afterAll(async () => {
    await load?.stop();
    await project.run("down", "--volumes", "--timeout", "0");
  }, 60_000);

  test("refuses to start without passwords", async () => {
    project.setVariables({});
    const { exitCode, stderr } = await project.tryRun("up", "--detach");
    project.setVariables(variables);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("./ops/create-passwords");
  });

  test.each(["queueflow", "redis", "postgres"])(
    "stores all events when %s is killed",
    async (name) => {
      await project.run("kill", name);
      await project.run("up", "--detach", "--wait", name);
      await load.untilAccepted(EVENTS);
    },
  );

  test.each(["queueflow", "redis", "postgres"])(
    "stores all events when %s is paused",
    async (name) => {
      await project.run("pause", name);
      await project.run("unpause", name);
      // Health checks failed meanwhile, and compose gives up at once on an unhealthy service.
      await eventually(() => project.run("up", "--detach", "--wait"));
      await load.untilAccepted(EVENTS);
    },
  );

  test("shares the work with more consumers", async () => {
    await project.run("up", "--detach", "--wait", "--no-recreate", "--scale", "consumer=2");
    const consumers = (await project.container("consumer")).split("\n");
    expect(consumers).toHaveLength(2);
    await load.untilAccepted(EVENTS);
    await docker(["kill", consumers[0] ?? ""]);
    await load.untilAccepted(EVENTS);
    await project.run("up", "--detach", "--wait", "--no-recreate", "--scale", "consumer=0");
    expect(await project.container("consumer")).toBe("");
  });

  test("replaces the engine's container", async () => {
    await project.run("up", "--detach", "--wait", "--force-recreate", "--no-deps", "queueflow");
    await load.untilAccepted(EVENTS);
  });

  test("lets nobody into Redis without the password", async () => {
    const cli = ["exec", "-T", "-e", "REDISCLI_AUTH=", "redis", "redis-cli"];
    expect(await project.run(...cli, "ping")).toContain("NOAUTH");
    const maxmemory = await project.run(
      "exec",
      "-T",
      "redis",
      "redis-cli",
      "CONFIG",
      "GET",
      "maxmemory",
    );
    expect(maxmemory).toBe("maxmemory\n104857600");
  });

  test("changes the passwords as documented", async () => {
    const changed = { ...variables, POSTGRES_PASSWORD: "new'one", REDIS_PASSWORD: "new" };
    project.setVariables(changed);
    await project.run("up", "--detach", "redis", "postgres", "queueflow");
    const statement = `ALTER ROLE CURRENT_USER PASSWORD :'password'`;
    const psql = 'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$POSTGRES_PASSWORD"';
    await project.run("exec", "-T", "postgres", "sh", "-c", `echo "${statement}" | ${psql}`);
    await untilReady(await project.container("queueflow"));
    await load.untilAccepted(EVENTS);
  });

  test("stops within its time and stores every event once", async () => {
    await load.stop();
    const engine = await project.container("queueflow");
    await project.run("stop");
    expect(await docker(["inspect", "--format", "{{.State.ExitCode}}", engine])).toBe("0");
    await project.run("up", "--detach", "--wait");
    await checkAllStored(engine, load);
  });

  test("leaves nothing behind but its images", async () => {
    await project.run("down", "--volumes");
    const label = `label=com.docker.compose.project=${project.name}`;
    for (const list of [
      ["ps", "--all"],
      ["volume", "ls"],
      ["network", "ls"],
    ]) {
      await eventually(async () =>
        expect(await docker([...list, "--quiet", "--filter", label])).toBe(""),
      );
    }
  });
});
