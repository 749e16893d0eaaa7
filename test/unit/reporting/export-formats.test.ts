import { describe, expect, test } from "bun:test";
import { parquetReadObjects } from "hyparquet";
import type { Texts } from "../../../src/reporting/columns/day-events.ts";
import type { ExportDay, ExportFormat } from "../../../src/reporting/export/export-day.ts";
import { PARQUET_EXPORT } from "../../../src/reporting/export/parquet-format.ts";
import { CSV_EXPORT, NDJSON_EXPORT } from "../../../src/reporting/export/text-formats.ts";

function textsOf(...values: readonly string[]): Texts {
  const bytes = values.map((value) => Buffer.from(value));
  let end = 0;
  const ends = Uint32Array.from(bytes, ({ length }) => (end += length));
  return { bytes: Buffer.concat(bytes), ends };
}

const DAY: ExportDay = {
  siteId: "example.com",
  date: "2026-01-15",
  events: {
    count: 3,
    times: Uint32Array.of(0, 34_200_000, 86_399_999),
    users: Uint32Array.of(1, 2, 3, 4),
    userIndex: Uint32Array.of(1, 0, 1),
    userTexts: textsOf("ann", "=bob"),
    texts: {
      event_type: { ...textsOf("page_view"), index: Uint32Array.of(1, 1, 1) },
      path: { ...textsOf("/", "/ü,"), index: Uint32Array.of(1, 2, 1) },
      properties: { ...textsOf('{"n": 1.50}'), index: Uint32Array.of(0, 1, 0) },
      visitor: { ...textsOf("daily"), index: Uint32Array.of(0, 0, 1) },
    },
    engagedMs: Int32Array.of(-1, 1_200, 0),
  },
  identified: { idAt: (i) => `id-${i + 1}`, order: Uint32Array.of(0, 1, 2) },
  passes: undefined,
};

async function write(format: ExportFormat, days: readonly ExportDay[]): Promise<Buffer> {
  const writer = format.open();
  const parts: Uint8Array[] = [];
  for (const day of days) {
    writer.begin(day);
    // As pages are written.
    parts.push(writer.rows({ from: 0, to: 1 }), writer.rows({ from: 1, to: day.events.count }));
  }
  parts.push(writer.end());
  return Buffer.concat(parts);
}

async function readParquet(bytes: Buffer) {
  const file = new Uint8Array(bytes).buffer;
  const compressors = { ZSTD: (part: Uint8Array) => Bun.zstdDecompressSync(part) };
  return await parquetReadObjects({ file, compressors });
}

const COMMON = { site_id: "example.com", event_type: "page_view" };
const RECORDS = [
  {
    event_id: "id-1",
    ...COMMON,
    path: "/",
    user_id: "=bob",
    timestamp: "2026-01-15T00:00:00.000Z",
  },
  {
    event_id: "id-2",
    ...COMMON,
    path: "/ü,",
    user_id: "ann",
    timestamp: "2026-01-15T09:30:00.000Z",
    properties: { n: 1.5 },
    engaged_ms: 1_200,
  },
  {
    event_id: "id-3",
    ...COMMON,
    path: "/",
    user_id: "=bob",
    timestamp: "2026-01-15T23:59:59.999Z",
    engaged_ms: 0,
    visitor: "daily",
  },
];

describe("an export", () => {
  test("is NDJSON without absent fields", async () => {
    const lines = (await write(NDJSON_EXPORT, [DAY])).toString().trimEnd().split("\n");
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(RECORDS);
    // As PostgreSQL prints it.
    expect(lines[1]).toContain('"properties":{"n": 1.50},"engaged_ms":1200}');
  });

  test("is CSV that no spreadsheet calculates", async () => {
    const lines = (await write(CSV_EXPORT, [DAY])).toString().split("\r\n");
    const empty = ",".repeat(16);
    expect(lines).toEqual([
      "event_id,site_id,event_type,path,user_id,timestamp,hostname,referrer,utm_source,utm_medium,utm_campaign,utm_term,utm_content,title,language,screen,country,device,browser,os,session_id,properties,engaged_ms,visitor",
      `id-1,example.com,page_view,/,'=bob,2026-01-15T00:00:00.000Z${empty},,`,
      `id-2,example.com,page_view,"/ü,",ann,2026-01-15T09:30:00.000Z${empty}"{""n"": 1.50}",1200,`,
      `id-3,example.com,page_view,/,'=bob,2026-01-15T23:59:59.999Z${empty},0,daily`,
      "",
    ]);
  });

  test("is Parquet that another reader reads", async () => {
    const rows = await readParquet(await write(PARQUET_EXPORT, [DAY, DAY]));
    expect(rows).toHaveLength(6);
    expect(rows[1]).toMatchObject({
      ...RECORDS[1],
      timestamp: new Date("2026-01-15T09:30:00.000Z"),
      properties: '{"n": 1.50}',
      hostname: null,
      visitor: null,
    });
    expect(rows[5]).toMatchObject({ event_id: "id-3", user_id: "=bob", visitor: "daily" });
  });

  test.each([
    ["NDJSON", NDJSON_EXPORT, ""],
    ["CSV", CSV_EXPORT, "event_id,site_id"],
    ["Parquet", PARQUET_EXPORT, "PAR1"],
  ])("of no event is a whole %s file", async (_, format, start) => {
    expect((await write(format, [])).toString("latin1")).toStartWith(start);
    const none = { ...DAY, passes: new Uint8Array(3) };
    expect((await write(format, [none])).toString("latin1")).toStartWith(start);
  });

  test("has no ids where raw rows were pruned", async () => {
    const pruned = { ...DAY, identified: undefined, passes: Uint8Array.of(0, 1, 0) };
    const text = (await write(NDJSON_EXPORT, [pruned])).toString();
    expect(text).toStartWith('{"site_id":"example.com"');
    expect(text.trimEnd().split("\n")).toHaveLength(1);
  });
});
