import { beforeEach, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { decodeEntry } from "../../src/event/entry-codec.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { fixturePath } from "./fixture-path.ts";
import { runQueueflow, startQueueflow } from "./run-queueflow.ts";

const LOG = fixturePath("access.log");
/** Counted with awk, independently of this program: `{ count[substr($4, 2, 11)]++ }`. */
const EVENTS_BY_DAY = {
  "2015-05-17": 80,
  "2015-05-18": 41,
  "2015-05-19": 61,
  "2015-05-20": 121,
};
/** Counted with a Python script: distinct pairs of address and agent. */
const USERS_BY_DAY = {
  "2015-05-17": 28,
  "2015-05-18": 14,
  "2015-05-19": 25,
  "2015-05-20": 50,
};
const EVENTS_TOTAL = 303;
const AT = "[15/Jan/2026:09:30:00 +0000]";
const LINE_WITHOUT_VISITOR = `$a - - ${AT} "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n`;
const LINE_WITHOUT_PATH = `192.0.2.7 - - ${AT} "-" 408 0 "-" "-"\n`;
const redisOfFile = useTestRedis();

let stream: string;
let env: Readonly<Record<string, string>>;
beforeEach(() => {
  stream = redisOfFile.streamKey();
  env = { REDIS_URL: redisOfFile.url, REDIS_STREAM: stream };
});

/** The events in the stream, oldest first; each entry must be one. */
async function eventsInStream(): Promise<AnalyticsEvent[]> {
  const entries = await redisOfFile.redis.xrange(stream, "-", "+");
  return entries.map(([, flatFields]) => {
    const decoded = decodeEntry(flatFields, Date.now());
    if (decoded.kind === "invalid") throw new Error(JSON.stringify(decoded.fields));
    return decoded.event;
  });
}

function importOf(file: string): readonly string[] {
  return ["import", file, "--site", "example.com", "--no-wait"];
}

describe("queueflow import", () => {
  test("counts what other programs count in the same log", async () => {
    const { exitCode, stdout } = await runQueueflow(importOf(LOG), { env });
    const events = await eventsInStream();
    const byDay = Map.groupBy(events, ({ timestamp }) => timestamp.slice(0, 10));
    const usersByDay = [...byDay].map(([day, ofDay]) => [
      day,
      new Set(ofDay.map(({ userId }) => userId)).size,
    ]);
    expect(Object.fromEntries([...byDay].map(([day, ofDay]) => [day, ofDay.length]))).toEqual(
      EVENTS_BY_DAY,
    );
    expect(Object.fromEntries(usersByDay)).toEqual(USERS_BY_DAY);
    expect(events.filter(({ path }) => path === "/blog/tags/puppet")).toHaveLength(17);
    expect(stdout).toContain(`Read ${EVENTS_TOTAL} lines of ${LOG} in the combined format.`);
    expect(stdout).toContain("In 1 event the user agent is cut off (line 202).");
    expect(stdout).toContain("These include 164 assets, 60 robots, 6 errors; --only pages leaves");
    expect(stdout).toContain("Covers 4 days (UTC):\n  2015-05-17  80 events\n");
    expect(stdout).toContain(
      "curl 'http://127.0.0.1:3000/stats?site_id=example.com&date=2015-05-20'",
    );
    expect(exitCode).toBe(0);
  });

  test("makes the same event of a line in every form of the log", async () => {
    const compressed = `${temporaryFolder("import")}/access.log.1.gz`;
    const bytes = await Bun.file(LOG).bytes();
    // As `cat a.gz b.gz` makes it: two members in one file.
    const members = [gzipSync(bytes.subarray(0, 40_000)), gzipSync(bytes.subarray(40_000))];
    await Bun.write(compressed, Buffer.concat(members));
    await runQueueflow(importOf(LOG), { env });
    const once = await eventsInStream();
    await runQueueflow(importOf(compressed), { env });
    await runQueueflow(importOf("-"), { env, stdin: bytes });
    await runQueueflow(importOf(`${LOG}.bz2`), { env });
    expect(new Set(once.map(({ eventId }) => eventId)).size).toBe(EVENTS_TOTAL);
    expect(await eventsInStream()).toEqual([...once, ...once, ...once, ...once]);
  });

  test("leaves an unfinished last line unless --complete is given", async () => {
    const [first = "", second = ""] = (await Bun.file(LOG).text()).split("\n", 2);
    for (const stdin of [`${first}\n${second.slice(0, 120)}`, `${first}\n${second}`]) {
      const { exitCode, stdout } = await runQueueflow(importOf("-"), {
        env,
        stdin: stdin,
      });
      expect(stdout).toContain("Accepted 1 event for site example.com.\n");
      expect(stdout).toContain("Left line 2 for the next import: it has no newline yet.");
      expect(exitCode).toBe(0);
    }
    const complete = [...importOf("-"), "--complete"];
    await runQueueflow(complete, { env, stdin: `${first}\n${second}` });
    await runQueueflow(importOf("-"), { env, stdin: `${first}\n${second}\n` });
    const ids = (await eventsInStream()).map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(2);
    expect(ids.map((id) => ids.indexOf(id))).toEqual([0, 0, 0, 3, 0, 3]);
  });

  test("sends each line of a pipe that stays open", async () => {
    const command = startQueueflow(importOf("-"), { env });
    const lines = (await Bun.file(LOG).text()).split("\n", 3);
    for (const [index, line] of lines.entries()) {
      command.stdin.write(`${line}\n`);
      await eventually(async () => expect(await redisOfFile.redis.xlen(stream)).toBe(index + 1));
    }
    command.stdin.end();
    expect((await command.result).exitCode).toBe(0);
  });

  test("leaves out all but pages with --only pages", async () => {
    const { stdout } = await runQueueflow([...importOf(LOG), "--only", "pages"], { env });
    expect(stdout).toContain("Accepted 73 events for site example.com.\n");
    expect(stdout).toContain(
      "Left out 230 lines (--only pages): 164 assets, 60 robots, 6 errors.\n",
    );
  });

  test("reads the given format", async () => {
    const asCommon = await runQueueflow([...importOf(LOG), "--format", "common"], { env });
    expect(asCommon.stdout).toContain("  303 not in the common log format\n");
    expect(asCommon.stderr).toContain(`No line of ${LOG} could be imported; omit --format common`);
    expect(asCommon.exitCode).toBe(1);
    const unknown = await runQueueflow([...importOf(LOG), "--format", "squid"], { env });
    expect(unknown.stderr).toContain("Allowed choices are vhost_combined, combined, common");
    expect(unknown.exitCode).toBe(2);
  });

  test.each([
    ["prose", "the quick brown fox\njumps\n", "No line of standard input could be imported"],
    ["requests without a visitor", LINE_WITHOUT_VISITOR, "No line of standard input could be"],
    ["requests without a path", LINE_WITHOUT_PATH, "No line of standard input could be imported"],
    ["nothing", "", "standard input has no lines"],
    ["empty lines", "\n\n", "standard input has no lines"],
    ["one unfinished line", LINE_WITHOUT_PATH.trimEnd(), "has no newline: add --complete"],
  ])("exits with 1 for a log of %s", async (_, content, why) => {
    const { exitCode, stderr } = await runQueueflow(importOf("-"), {
      env,
      stdin: content,
    });
    expect(stderr).toContain(why);
    expect(exitCode).toBe(1);
  });

  test("fills the optional fields, and reports those left out", async () => {
    const line = (query: string, referrer: string) =>
      `www.example.com:443 192.0.2.7 - - ${AT} "GET /a?${query} HTTP/1.1" 200 5 "${referrer}" "Mozilla/5.0"\n`;
    const long = line("id=8", "x".repeat(3_000));
    const { exitCode, stdout } = await runQueueflow(importOf("-"), {
      env: { ...env, KEEP_QUERY: "id, page" },
      stdin: `${line("id=7&q=secret&utm_source=news", "https://a.example/")}${long}${long}`,
    });
    const fields = { hostname: "www.example.com", path: "/a?id=8" };
    expect(await eventsInStream()).toMatchObject([
      { ...fields, path: "/a?id=7", referrer: "https://a.example/", utmSource: "news" },
      fields,
      fields,
    ]);
    expect(stdout).toContain(
      "Left referrer out of 2 events (first in line 2): Expected referrer to be at most 2048 bytes of UTF-8, got 3000 bytes.\n",
    );
    expect(exitCode).toBe(0);
  });

  test("shows and counts skipped lines", async () => {
    const { exitCode, stdout } = await runQueueflow(importOf(fixturePath("odd-access.log")), {
      env,
    });
    expect(await eventsInStream()).toHaveLength(14);
    expect(stdout).toContain("Accepted 14 events for site example.com.");
    expect(stdout).toContain("In 1 event the visitor is a host name, not an address.");
    expect(stdout).toContain("Left line 26 for the next import");
    expect(stdout).toContain("Skipped 11 lines:");
    expect(stdout).toContain("  4 without a path in the request\n");
    expect(stdout).toContain('  line 16: without a path in the request: "-"\n');
    expect(stdout).not.toContain("line 24");
    expect(exitCode).toBe(0);
  });

  test("creates the consumer group, for consumers that start later", async () => {
    const { stderr } = await runQueueflow(importOf(LOG), { env });
    expect(stderr).toContain("Consumer group created");
    const [group] = (await redisOfFile.redis.xinfo("GROUPS", stream)) as unknown[][];
    expect(group).toContain("analytics_workers");
    expect(group?.[group.indexOf("lag") + 1]).toBe(EVENTS_TOTAL);
  });

  test("waits until the consumers have processed everything", async () => {
    const command = startQueueflow(["import", LOG, "--site", "example.com"], { env });
    await eventually(async () => {
      expect(await redisOfFile.redis.xlen(stream)).toBe(EVENTS_TOTAL);
    });
    await redisOfFile.redis.xgroup("SETID", stream, "analytics_workers", "$");
    const { exitCode, stdout } = await command.result;
    expect(stdout).toContain("The consumers have processed all of them.");
    expect(exitCode).toBe(0);
  });

  test("exits with 130 when interrupted", async () => {
    const command = startQueueflow(["import", LOG, "--site", "example.com"], { env });
    await eventually(async () => {
      expect(await redisOfFile.redis.xlen(stream)).toBe(EVENTS_TOTAL);
    });
    command.interrupt();
    const { exitCode, stderr } = await command.result;
    expect(stderr).toContain("it is safe to run it again");
    expect(exitCode).toBe(130);
  });

  test("stops reading standard input when interrupted", async () => {
    const command = startQueueflow(importOf("-"), { env });
    await eventually(async () => expect(await redisOfFile.redis.exists(stream)).toBe(1));
    command.interrupt();
    expect((await command.result).exitCode).toBe(130);
  });

  test("counts the lines of a truncated compressed log", async () => {
    const file = `${temporaryFolder("import")}/access.log.gz`;
    await Bun.write(file, gzipSync(await Bun.file(LOG).bytes()).subarray(0, 4_000));
    const { exitCode, stderr } = await runQueueflow(importOf(file), { env });
    const [, accepted] =
      /The import stopped after [\d,]+ lines with (\d+) events accepted.*: unexpected end of file\n$/.exec(
        stderr,
      ) ?? [];
    expect(Number(accepted)).toBeGreaterThan(100);
    expect(await eventsInStream()).toHaveLength(Number(accepted));
    expect(exitCode).toBe(1);
  });

  test("reports why Redis refuses the connection", async () => {
    const wrong = new URL(redisOfFile.url);
    wrong.username = "nobody";
    wrong.password = "geheim";
    const { exitCode, stderr } = await runQueueflow(importOf(LOG), {
      env: { REDIS_URL: wrong.href },
    });
    expect(stderr).toStartWith(
      `queueflow: Cannot import ${LOG}: Cannot connect to Redis at ${wrong.host}: WRONGPASS`,
    );
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(exitCode).toBe(1);
  });

  test("refuses a missing file", async () => {
    const { exitCode, stderr } = await runQueueflow(importOf("missing.log"), { env });
    expect(stderr).toContain("queueflow: Cannot read missing.log: ");
    expect(exitCode).toBe(2);
  });
});
