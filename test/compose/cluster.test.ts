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
const NODES = [1, 2, 3, 4, 5, 6].map((number) => `cluster-${number}`);
const ENGINES = ["cluster-ingest", "cluster-store"] as const;

const project = new ComposeProject(
  {
    CLUSTER_API_PORT: String(testPort()),
    REDIS_PASSWORD: `--r /@:%41#?&$HOME"'\\\`*{}ü`,
    POSTGRES_PASSWORD: "postgres-secret",
    REDIS_MAXMEMORY: "100mb",
    CLAIM_IDLE_MS: "2000",
  },
  "cluster",
);
const compose = async (...args: readonly string[]) =>
  await project.run("--profile", "cluster", ...args);

/** Runs a command on a node. */
async function ask(node: string, ...command: readonly string[]): Promise<string> {
  return await compose("exec", "-T", node, "redis-cli", ...command);
}

/** Returns the nodes that another node sees as masters with slots. */
async function mastersSeenBy(witness: string): Promise<readonly string[]> {
  const lines = (await ask(witness, "cluster", "nodes")).split("\n");
  const serving = lines.filter((line) => /\bmaster - .* connected \d/.test(line));
  const addresses = serving.map((line) => line.split(" ")[1]?.split(":")[0]);
  const names = await Promise.all(
    NODES.map(async (name) => {
      const container = await project.container(name);
      const networks = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
      return [await docker(["inspect", "--format", networks, container]), name] as const;
    }),
  );
  return names.filter(([address]) => addresses.includes(address)).map(([, name]) => name);
}

describe("docker compose --profile cluster", () => {
  let load: Load;

  beforeAll(async () => {
    await compose("up", "--detach", "--wait", ...ENGINES);
    const url = await urlOf(await project.container("cluster-ingest"));
    load = startLoad({ url: () => url });
    await load.untilAccepted(EVENTS);
  }, UP_MS_MAX);

  afterAll(async () => {
    await load?.stop();
    await compose("down", "--volumes", "--timeout", "0");
  }, 60_000);

  test("has three masters, each with a shard of the stream", async () => {
    const masters = await mastersSeenBy("cluster-1");
    expect(masters).toHaveLength(3);
    await eventually(async () => {
      for (const master of masters) {
        expect(await ask(master, "scan", "0", "count", "10000", "type", "stream")).toMatch(
          /events_stream/,
        );
      }
    });
  });

  test("survives a killed master", async () => {
    const [killed = "", ...others] = await mastersSeenBy("cluster-1");
    const [witness = ""] = others;
    await compose("kill", killed);
    await load.untilAccepted(EVENTS);
    await eventually(async () => {
      const masters = await mastersSeenBy(witness);
      expect(masters).toHaveLength(3);
      expect(masters).not.toContain(killed);
    }, UP_MS_MAX);
    await load.untilAccepted(EVENTS);
    await compose("up", "--detach", "--wait", killed);
  });

  test("replaces its engines one after the other", async () => {
    for (const name of ENGINES) {
      await compose("up", "--detach", "--wait", "--force-recreate", "--no-deps", name);
      await load.untilAccepted(EVENTS);
    }
  });

  test("finds its nodes again after all have stopped", async () => {
    await load.stop();
    await compose("stop");
    await compose("up", "--detach", "--wait", ...ENGINES);
    for (const name of ENGINES) await untilReady(await project.container(name));
    await eventually(
      async () => expect(await mastersSeenBy("cluster-1")).toHaveLength(3),
      UP_MS_MAX,
    );
  });

  test("stores every event once", async () => {
    await checkAllStored(await project.container("cluster-ingest"), load);
  });
});
