import { beforeAll, describe, expect, test } from "bun:test";
import { parquetReadObjects } from "hyparquet";
import { runQueueflow } from "../cli/run-queueflow.ts";
import { ask, readStats } from "../support/api-client.ts";
import { askReport } from "../support/ask-report.ts";
import { untilDrained, useEngine } from "../support/engine-servers.ts";
import { eventually } from "../support/eventually.ts";
import { sampleBody } from "../support/sample-event.ts";
import { SERVERS_START_TIMEOUT_MS } from "../support/servers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TIMEOUT_MS = 120_000;
const SITE = "exported.example";
const file = useEngine({ INGEST_WORKERS: "2", CONSUMER_WORKERS: "1" });

/** More than two pieces on one day, and visits of a few events that cross midnight. */
const EVENTS = Array.from({ length: 20_000 }, (_, i) => {
  const at = Date.parse("2026-01-14T20:00:00Z") + 1_000 * Math.floor(i / 2);
  return sampleBody({
    site_id: SITE,
    event_id: Bun.randomUUIDv7(),
    user_id: `user-${i % 700}`,
    path: i % 7 === 0 ? "=1+1" : `/page-${i % 50}`,
    timestamp: new Date(at).toISOString(),
    ...(i % 3 === 0 && { country: "DE", referrer: "https://news.example/" }),
    ...(i % 11 === 0 && { event_type: "buy", properties: { amount: "12.50", currency: "EUR" } }),
    ...(i % 13 === 0 && { event_type: "engagement", engaged_ms: i }),
  });
});

async function send(events: readonly object[]): Promise<void> {
  for (let at = 0; at < events.length; at += 5_000) {
    const sent = await ask(file.engine, "/events", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(events.slice(at, at + 5_000)),
    });
    expect(sent.status).toBe(202);
  }
  await untilDrained(file.servers);
}

async function download(query: Readonly<Record<string, string>>): Promise<Response> {
  const parameters = new URLSearchParams({ site_id: SITE, ...query });
  return await fetch(`${file.engine.url}/export?${parameters.toString()}`);
}

async function records(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
}

function timestampOf(record: Readonly<Record<string, unknown>>): string {
  return String(record["timestamp"]);
}

/** What reports say of a site. */
async function numbersOf(siteId: string): Promise<unknown> {
  const questions = [
    { metrics: ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration"] },
    { metrics: ["visitors", "events"], dimensions: ["event:page", "time:day"] },
    { metrics: ["visits"], dimensions: ["visit:source", "visit:entry_page"] },
    { metrics: ["events"], dimensions: ["event:props:amount"] },
    { metrics: ["time_on_page"], dimensions: ["event:page"] },
  ];
  const ranged = { site_id: siteId, date_range: ["2026-01-14", "2026-01-15"] };
  const answers = questions.map((question) => askReport(file.engine, { ...ranged, ...question }));
  return (await Promise.all(answers)).map(({ body }) => body["results"]);
}

async function importInto(siteId: string, name: string, text: string | Uint8Array): Promise<void> {
  const path = `${temporaryFolder("export")}/${name}`;
  await Bun.write(path, text);
  const run = await runQueueflow(["import", path, "--site", siteId], { env: file.servers.env });
  expect(run.stderr + run.exitCode).toEndWith("0");
}

beforeAll(async () => await send(EVENTS), SERVERS_START_TIMEOUT_MS);

describe("GET /export", () => {
  test("has every event once, in order, with all its fields", async () => {
    const response = await download({});
    expect(response.status).toBe(200);
    expect(response.headers.get("content-disposition")).toContain('filename="events.ndjson"');
    expect(response.headers.get("x-queueflow-days-without-ids")).toBeNull();
    const exported = await records(response);
    const sorted = EVENTS.toSorted((a, b) =>
      `${a.timestamp}${a.event_id}` < `${b.timestamp}${b.event_id}` ? -1 : 1,
    );
    expect(exported).toEqual(sorted.map((event) => ({ ...event })));
  });

  test.each(["queueflow-ndjson", "queueflow-csv"])(
    "as %s gives the same numbers elsewhere",
    async (format) => {
      const siteId = `${format}.example`;
      const name = format.endsWith("csv") ? "csv" : "ndjson";
      await importInto(siteId, `export.${name}`, await (await download({ format: name })).text());
      await untilDrained(file.servers);
      expect(await numbersOf(siteId)).toEqual(await numbersOf(SITE));
    },
    TIMEOUT_MS,
  );

  test("as Parquet has the same events", async () => {
    const bytes = await (await download({ format: "parquet" })).arrayBuffer();
    const compressors = { ZSTD: (part: Uint8Array) => Bun.zstdDecompressSync(part) };
    const rows = await parquetReadObjects({ file: bytes, compressors });
    const ids = (await records(await download({}))).map((record) => record["event_id"]);
    expect(rows.map((row) => row["event_id"])).toEqual(ids);
  });

  test("takes a range, a zone and filters of events and visits", async () => {
    const zoned = { date_range: "2026-01-15,2026-01-15", timezone: "Asia/Kathmandu" };
    for (const filters of [
      '[["is","event:name",["buy"]]]',
      '[["is","visit:country",["DE"]]]',
      '[["is","visit:source",["news.example"]]]',
      '[["has_done",["is","event:name",["buy"]]]]',
    ]) {
      const exported = await records(await download({ ...zoned, filters }));
      const { body } = await askReport(file.engine, {
        site_id: SITE,
        metrics: ["events"],
        date_range: ["2026-01-15", "2026-01-15"],
        timezone: "Asia/Kathmandu",
        filters: JSON.parse(filters),
      });
      expect([filters, body["results"]]).toEqual([
        filters,
        [{ dimensions: [], metrics: [exported.length] }],
      ]);
      expect(exported.length).toBeGreaterThan(0);
    }
  });

  test("goes on after the last event that a client has", async () => {
    const all = await records(await download({}));
    for (const place of [0, 9_000, all.length - 1]) {
      const { timestamp, event_id: eventId } = all[place] ?? {};
      const after = `${String(timestamp)}/${String(eventId)}`;
      expect(await records(await download({ after }))).toEqual(all.slice(place + 1));
    }
  });

  test("refuses what it does not understand, and names it", async () => {
    const { status, body } = await ask(
      file.engine,
      `/export?site_id=${SITE}&after=yesterday&date_range=ever&filters=[1]`,
    );
    expect([status, body["error"]]).toEqual([422, "invalid_field"]);
    expect(Object.keys(body["fields"] as object).toSorted()).toEqual([
      "after",
      "date_range",
      "filters[0]",
    ]);
    const format = await ask(file.engine, `/export?site_id=${SITE}&format=xml`);
    expect(format.body["fields"]).toHaveProperty("format");
  });

  test("of a site without events is empty", async () => {
    expect(await (await download({ site_id: "nobody.example" })).text()).toBe("");
    expect(await (await download({ date_range: "2020-01-01,2020-01-02" })).text()).toBe("");
  });

  test("ends its session when the client leaves", async () => {
    // More than the thread holds at once.
    for (let i = 0; i < 20; i += 1) {
      const response = await download({});
      expect(response.status).toBe(200);
      await response.body?.cancel();
    }
    await eventually(async () => expect((await download({})).status).toBe(200));
  });
});

describe("queueflow export", () => {
  test(
    "writes files that an import reads",
    async () => {
      const folder = temporaryFolder("export");
      const { env } = file.servers;
      const run = await runQueueflow(["export", `${folder}/a.csv`, "--site", SITE], { env });
      expect(run).toMatchObject({ exitCode: 0, stderr: "" });
      expect(run.stdout).toStartWith(`Exported ${SITE} to ${folder}/a.csv, `);
      const csv = await Bun.file(`${folder}/a.csv`).text();
      expect(csv).toBe(await (await download({ format: "csv" })).text());
      const again = await runQueueflow(["export", `${folder}/a.csv`, "--site", SITE], { env });
      expect(again.stderr).toContain("exists");
      const bad = ["export", "-", "--site", SITE, "--range", "ever"];
      expect((await runQueueflow(bad, { env })).stderr).toContain("Expected date_range");
    },
    TIMEOUT_MS,
  );
});

// Last: it prunes the raw rows.
test(
  "days that were pruned come from chunks, and say so",
  async () => {
    const { sql } = file.servers;
    const before = await records(await download({}));
    await eventually(async () => {
      const [row] = await sql`
        SELECT (SELECT packed_id FROM site_packing WHERE site_id = ${SITE})
          >= (SELECT max(id) FROM events WHERE site_id = ${SITE}) AS is_packed`;
      expect(row?.["is_packed"]).toBe(true);
    }, 60_000);
    expect(await records(await download({}))).toEqual(before);
    await sql`DELETE FROM events WHERE site_id = ${SITE} AND timestamp < '2026-01-15'`;
    await sql`INSERT INTO pruned_days (site_id, date, events, packed)
      SELECT site_id, date, total_views, total_views FROM daily_site_stats
      WHERE site_id = ${SITE} AND date < '2026-01-15'`;
    const pruned = await download({});
    expect(pruned.headers.get("x-queueflow-days-without-ids")).toBe("2026-01-14");
    const after = await records(pruned);
    // At one instant, chunks know the order of a user's events only.
    const sorted = (all: readonly Record<string, unknown>[]) =>
      all.map((record) => JSON.stringify(record)).toSorted();
    expect(after.map(timestampOf)).toEqual(before.map(timestampOf));
    expect(sorted(after)).toEqual(
      sorted(
        before.map(({ event_id: eventId, ...others }) =>
          timestampOf(others) < "2026-01-15" ? others : { event_id: eventId, ...others },
        ),
      ),
    );
    const third = timestampOf(after[2] ?? {});
    expect(await records(await download({ after: `${third}/1` }))).toEqual(after.slice(3));
    const run = await runQueueflow(["export", "-", "--site", SITE], { env: file.servers.env });
    expect(run.stderr).toContain("Events without event_id, since raw rows were pruned: 2026-01-14");
    const stats = await readStats(file.engine, { site_id: SITE, date: "2026-01-14" });
    expect(after.filter((record) => timestampOf(record) < "2026-01-15").length).toBe(
      Number(stats.body["total_views"]),
    );
    await sql`DELETE FROM day_chunks WHERE site_id = ${SITE} AND date < '2026-01-15'`;
    const lost = await ask(file.engine, `/export?site_id=${SITE}`);
    expect(lost).toMatchObject({ status: 500, body: { error: "chunk_damaged" } });
    expect(lost.body["message"]).toContain("Expected all events of 2026-01-14, found 0");
    const rest = await records(await download({ date_range: "2026-01-15,2026-01-31" }));
    expect(rest.map(timestampOf)).toEqual(
      before.map(timestampOf).filter((timestamp) => timestamp >= "2026-01-15"),
    );
  },
  TIMEOUT_MS,
);
