import { afterAll, beforeAll, expect, test } from "bun:test";
import { LAST_ENTRY_ID } from "../../src/stream/stream-entry.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { eventually } from "../support/eventually.ts";
import { RedisNode } from "../support/scale/redis-node.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { testPort } from "../support/test-port.ts";

const STREAM = "events_stream";
const SLOT_LAST = 16_383;
const REPLICAS_MIN = 1;

interface ShownFinding {
  readonly about: string;
  readonly found: string;
  readonly todo?: string;
}

const stack = new AsyncDisposableStack();
let node: RedisNode;

/** A cluster of one master without replicas, which has both shards. */
beforeAll(async () => {
  node = stack.use(new RedisNode(["cluster-enabled yes", `cluster-port ${testPort()}`]));
  await node.start();
  await node.call("CLUSTER", "ADDSLOTSRANGE", 0, SLOT_LAST);
  await eventually(async () => await node.call("EXISTS", STREAM));
}, SERVERS_START_TIMEOUT_MS);

afterAll(async () => await stack.disposeAsync());

async function runDoctor(credentials = ""): Promise<readonly ShownFinding[]> {
  const env = {
    REDIS_URL: `redis+cluster://${credentials}${node.address}`,
    REDIS_SHARDS: "2",
    REDIS_REPLICAS_MIN: String(REPLICAS_MIN),
    DATABASE_URL: "postgres://127.0.0.1:1/none",
    INGEST_WORKERS: "0",
  };
  const { stdout } = await runQueueflow(["doctor", "--json"], { env });
  return (JSON.parse(stdout) as { findings: readonly ShownFinding[] }).findings;
}

/** Returns what doctor finds about something, of one shard after the other. */
async function findings(credentials = "") {
  const all = await runDoctor(credentials);
  return (about: string) =>
    all.filter((finding) => finding.about === about).map(({ found }) => found);
}

test("doctor looks at the replicas of each shard's master", async () => {
  const about = await findings();
  const found = "0 in step, and REDIS_REPLICAS_MIN is 1: events are refused";
  const shard = expect.stringMatching(/^events_stream:\{\w+\}: /);
  expect(about("Redis replicas")).toEqual([found, expect.stringContaining(`}: ${found}`)]);
  expect(about("Redis role")).toEqual(["primary", shard]);
  expect(about("Redis memory")).toEqual([expect.any(String), shard]);
});

test("doctor misses the rights that a cluster takes", async () => {
  const rights = ["reset", "on", ">secret", "~*", "+@all", "-wait", "-asking"];
  await node.call("ACL", "SETUSER", "narrow", ...rights);
  const about = await findings("narrow:secret@");
  const found = "WAIT, ASKING not allowed; the engine needs them";
  expect(about("Redis rights")).toEqual([found, expect.stringContaining(`}: ${found}`)]);
});

test("doctor says how to rename a used up stream of a cluster", async () => {
  await node.call("XGROUP", "CREATE", STREAM, "analytics_workers", "$", "MKSTREAM");
  await node.call("XADD", STREAM, LAST_ENTRY_ID, "field", "value");
  const ids = (await runDoctor()).find(({ about }) => about === "stream ids");
  const [, from = "", to = ""] = /redis-cli RENAME (\S+) (\S+)`/.exec(ids?.todo ?? "") ?? [];
  expect(from).toBe(STREAM);
  const slots = [from, to].map(async (key) => await node.call("CLUSTER", "KEYSLOT", key));
  expect(new Set(await Promise.all(slots)).size).toBe(1);
});
