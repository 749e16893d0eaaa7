import { expect, test } from "bun:test";
import { fixturePath } from "../cli/fixture-path.ts";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { spawnQueueflow } from "../cli/spawn-queueflow.ts";
import { readStats } from "../support/api-client.ts";
import { checkInvariants } from "../support/check-invariants.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";

const TIMEOUT_MS = 120_000;
const LOG = fixturePath("access.log");
/** Counted by other programs, see test/cli/import-command.test.ts. */
const LAST_DAY = { date: "2015-05-20", total_views: 121, unique_users: 50 };
const EVENTS_TOTAL = 303;

const file = useEngine();

test(
  "counts each line once when imports are killed or repeated",
  async () => {
    const { engine, servers } = file;
    const { env, redis, key, sql } = servers;
    const args = (name: string) => ["import", name, "--site", "example.com"];
    const lines = (await Bun.file(LOG).text()).split("\n");
    {
      using killed = spawnQueueflow(args("-"), { env });
      await killed.stdin.write(`${lines.slice(0, 200).join("\n")}\n${lines[200]?.slice(0, 90)}`);
      await killed.stdin.flush();
      await eventually(async () => {
        const [row] = await sql`SELECT count(*)::int AS events FROM events`;
        expect(row?.["events"]).toBe(200);
      }, 60_000);
      killed.kill("SIGKILL");
      await killed.result;
    }
    const both = await Promise.all([
      runQueueflow(args(LOG), { env }),
      runQueueflow(args(`${LOG}.bz2`), { env }),
    ]);
    for (const { exitCode } of both) expect(exitCode).toBe(0);
    await untilDrained(servers);
    const { date, ...numbers } = LAST_DAY;
    const { body } = await readStats(engine, { site_id: "example.com", date });
    expect(body).toMatchObject(numbers);
    const [row] = await sql`SELECT count(*)::int AS events FROM events`;
    expect(row?.["events"]).toBe(EVENTS_TOTAL);
    expect(await redis.exists(key.stream)).toBe(1);
    await checkInvariants(sql);
  },
  TIMEOUT_MS,
);

const AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0";
const lineOf = (path: string, rest: string) =>
  `192.0.2.1 - - [20/Nov/2026:10:00:01 +0000] "GET ${path} HTTP/1.1" 200 ${rest}`;
const WHOLE = `${lineOf("/a", `512 "-" "${AGENT}"`)}\n${lineOf("/b", `51234 "https://ref.example/" "${AGENT}"`)}\n`;

test.each([
  ["size", WHOLE.indexOf("234 ")],
  ["referer", WHOLE.indexOf(' "https:')],
  ["agent", WHOLE.lastIndexOf("Firefox")],
  ["newline", WHOLE.length - 1],
])(
  "counts a log once that was cut before its %s and grew",
  async (cut, at) => {
    const { engine, servers } = file;
    const siteId = `cut-before-${cut}`;
    for (const content of [WHOLE.slice(0, at), WHOLE, WHOLE]) {
      const { exitCode } = await runQueueflow(["import", "-", "--site", siteId], {
        env: { ...servers.env },
        stdin: content,
      });
      expect(exitCode).toBe(0);
    }
    await untilDrained(servers);
    const { body } = await readStats(engine, { site_id: siteId, date: "2026-11-20" });
    expect(body).toMatchObject({ total_views: 2, unique_users: 1 });
  },
  TIMEOUT_MS,
);
