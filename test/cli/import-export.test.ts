import { beforeEach, describe, expect, test } from "bun:test";
import { decodeEntry } from "../../src/event/entry-codec.ts";
import type { AnalyticsEvent } from "../../src/event/event.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { useTestRedis } from "../support/test-stream.ts";
import { runQueueflow } from "./run-queueflow.ts";

const redisOfFile = useTestRedis();
const AT = "2026-01-15T09:30:00.000Z";
const RECORD = {
  event_id: "018e7c3a-2f1b-7c33-9d6b-0f2a5c1e9a10",
  site_id: "example.com",
  event_type: "page_view",
  path: '/a "quoted", path',
  user_id: "=user",
  timestamp: AT,
  title: "Überschrift",
  properties: { plan: "pro", seats: 3 },
  engaged_ms: 1_200,
  visitor: "daily",
};
const EVENT: AnalyticsEvent = {
  eventId: RECORD.event_id,
  siteId: RECORD.site_id,
  eventType: RECORD.event_type,
  path: RECORD.path,
  userId: RECORD.user_id,
  timestamp: AT,
  title: RECORD.title,
  properties: '{"plan":"pro","seats":3}',
  engagedMs: "1200",
  visitor: "daily",
};
const HEADER =
  "event_id,site_id,event_type,path,user_id,timestamp,title,referrer,properties,engaged_ms,visitor";
const ROW = `${RECORD.event_id},example.com,page_view,"/a ""quoted"", path",'=user,${AT},Überschrift,,"{""plan"":""pro"",""seats"":3}",1200,daily`;

let stream: string;
beforeEach(() => {
  stream = redisOfFile.streamKey();
});

async function importText(text: string, ...flags: readonly string[]) {
  const file = `${temporaryFolder("import")}/export`;
  await Bun.write(file, text);
  const env = { REDIS_URL: redisOfFile.url, REDIS_STREAM: stream };
  const run = await runQueueflow(["import", file, "--no-wait", ...flags], { env });
  const entries = await redisOfFile.redis.xrange(stream, "-", "+");
  const events = entries.map(([, flatFields]) => {
    const decoded = decodeEntry(flatFields, Date.now());
    if (decoded.kind === "invalid") throw new Error(JSON.stringify(decoded.fields));
    return decoded.event;
  });
  return { ...run, events };
}

describe("queueflow import of an export", () => {
  test.each([
    ["NDJSON", `${JSON.stringify(RECORD)}\n`, "queueflow-ndjson"],
    ["CSV", `${HEADER}\n${ROW}\n`, "queueflow-csv"],
    ["CSV with a byte order mark and CRLF", `\u{feff}${HEADER}\r\n${ROW}\r\n`, "queueflow-csv"],
  ])("restores the events of %s", async (_, text, format) => {
    const { events, stdout, exitCode } = await importText(text);
    expect(events).toEqual([EVENT]);
    expect(stdout).toContain(`in the ${format} format.\nAccepted 1 event.\n`);
    expect(exitCode).toBe(0);
  });

  test("moves events to another site", async () => {
    const { events } = await importText(`${JSON.stringify(RECORD)}\n`, "--site", "other.example");
    expect(events).toEqual([{ ...EVENT, siteId: "other.example" }]);
  });

  test("gives events without an id ordered ids that stay", async () => {
    const { event_id: _, ...record } = RECORD;
    const lines = ["/a", "/b", "/b"].map((path) => JSON.stringify({ ...record, path }));
    const text = `${lines.join("\n")}\n`;
    const first = await importText(text);
    const second = await importText(text);
    const ids = first.events.map(({ eventId }) => eventId);
    expect(second.events.map(({ eventId }) => eventId)).toEqual([...ids, ...ids]);
    expect(new Set(ids).size).toBe(3);
    expect(ids).toEqual(ids.toSorted());
  });

  test("names each record that is no event", async () => {
    const bad = JSON.stringify({ ...RECORD, timestamp: "yesterday" });
    const lines = [JSON.stringify(RECORD), bad, "[1]", "{", "", JSON.stringify(RECORD)];
    const { stdout, events } = await importText(lines.join("\n"));
    expect(events).toEqual([EVENT]);
    expect(stdout).toContain("Left line 6 for the next import: it has no newline yet.");
    expect(stdout).toContain("line 2: not a valid event: Expected timestamp to be");
    expect(stdout).toContain("line 3: not a valid event: Expected an event as a JSON object, got ");
    expect(stdout).toContain("line 4: not a valid event: ");
  });

  test("leaves a cut CSV row out", async () => {
    const text = `${HEADER}\n${ROW}\na,b\n${ROW.slice(0, -3)}`;
    const { stdout, events } = await importText(text);
    expect(events).toEqual([EVENT]);
    expect(stdout).toContain("line 3: not a valid event: Invalid Record Length");
    expect(stdout).toContain("Left line 4 for the next import: it has no newline yet.");
  });

  test("asks for the site of an access log", async () => {
    const line =
      '192.0.2.7 - - [15/Jan/2026:09:30:00 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla"\n';
    const { stderr, exitCode } = await importText(line);
    expect(stderr).toContain("Expected --site with an access log");
    expect(exitCode).not.toBe(0);
  });
});
