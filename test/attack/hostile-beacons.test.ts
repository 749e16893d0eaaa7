import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BEACON_FIELDS } from "../../src/collect/beacon.ts";
import { SENDER_DROPS } from "../../src/collect/drop-reason.ts";
import { acceptedText } from "../support/arbitraries.ts";
import { CHROME, sendBeacon } from "../support/browser.ts";
import { checkAllStored, useEngine } from "../support/engine-servers.ts";

const TIMEOUT_MS = 120_000;
const file = useEngine({ INGEST_WORKERS: "1", CONSUMER_WORKERS: "1" });
/** Every event that got a 202. */
const accepted = new Set<string>();
const drops: ReadonlySet<unknown> = new Set(SENDER_DROPS);

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  acceptedText(256),
  fc.string({ unit: "binary", maxLength: 3_000 }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const url = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  acceptedText(300).map((text) => `https://ann:secret@a.example/${text}`),
  fc.constantFrom("https://[::1]/", "https://ü.example/ü", "javascript:alert(1)", "file:///a"),
);
const mostly = (arbitrary: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: anything });
/** Mostly an event, with anything in any field, also in those that no browser may set. */
const beacon = fc.record(
  {
    ...Object.fromEntries(BEACON_FIELDS.map((name) => [name, anything])),
    site_id: mostly(acceptedText(128)),
    url: mostly(url),
    path: fc.option(mostly(acceptedText(2_048)), { nil: undefined }),
    user_id: fc.option(mostly(acceptedText(256)), { nil: undefined }),
    event_id: fc.option(mostly(fc.uuid()), { nil: undefined }),
    event_type: fc.option(mostly(acceptedText(64)), { nil: undefined }),
    at_ms_ago: fc.option(mostly(fc.nat(86_400_000)), { nil: undefined }),
    referrer: fc.oneof(url, anything),
    properties: fc.oneof(fc.dictionary(acceptedText(80), anything), anything),
    visitor: fc.constant("daily"),
    browser: anything,
  },
  { requiredKeys: [] },
);
/** What HTTP takes in a header. */
const userAgent = fc.oneof(
  fc.constant(CHROME),
  fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  }),
  acceptedText(60).map((text) => `${encodeURIComponent(text)}/1.0 (X11; Linux x86_64)`),
);

describe("any beacon of any user agent", () => {
  test(
    "is stored, dropped or refused, and nothing is set aside",
    async () => {
      const request = fc.tuple(fc.oneof({ weight: 8, arbitrary: beacon }, anything), userAgent);
      await fc.assert(
        fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 40 }), async (requests) => {
          const answers = await Promise.all(
            requests.map(async ([body, agent]) => {
              const text = JSON.stringify(body);
              return await sendBeacon(file.engine, text, { headers: { "User-Agent": agent } });
            }),
          );
          for (const { status, body, headers } of answers) {
            expect([202, 400, 422]).toContain(status);
            const id = body["event_id"];
            if (typeof id === "string") accepted.add(id);
            else if (status === 202) expect(drops).toContain(headers.get("x-queueflow-dropped"));
          }
        }),
        { numRuns: 40 },
      );
      expect(accepted.size).toBeGreaterThan(100);
      await checkAllStored(file.servers, { accepted, sent: accepted });
    },
    TIMEOUT_MS,
  );

  test("leaves no salt for a site, and no text of a browser's name", async () => {
    const { redis, sql, key } = file.servers;
    // Of today and yesterday, or of tomorrow when midnight is near.
    const salts = await redis.keys(`${key.stream}:salt:*`);
    expect(salts.length).toBeWithin(1, 4);
    const browsers = await sql`SELECT DISTINCT browser FROM events WHERE browser IS NOT NULL`;
    expect(browsers.map(({ browser }) => String(browser))).toEqual(["Chrome"]);
    const [row] = await sql`SELECT count(*)::int AS n FROM events WHERE referrer LIKE '%secret@%'`;
    expect(row?.["n"]).toBe(0);
  });
});

test(
  "any query of the pixel gets an image",
  async () => {
    const part = fc.oneof(
      fc.tuple(fc.constantFrom(...BEACON_FIELDS), anything).map(([name, value]) => {
        const text = typeof value === "string" ? value.toWellFormed() : JSON.stringify(value);
        return `${name}=${encodeURIComponent(text)}`;
      }),
      fc.constantFrom("site_id=a", "url=https://a.example/", "%", "=", "&", "title=%ff", "a=%00"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const query = parts.join("&").slice(0, 8_192);
        const response = await fetch(`${file.engine.url}/collect.gif?${query}`, {
          headers: { "User-Agent": "none/1.0 (bot)" },
        });
        expect([200, 422]).toContain(response.status);
        expect(response.headers.get("content-type")).toBe("image/gif");
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect((await response.bytes()).length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
    await checkAllStored(file.servers, { accepted, sent: accepted });
  },
  TIMEOUT_MS,
);
