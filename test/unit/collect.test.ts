import { describe, expect, test } from "bun:test";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAgent } from "../../src/collect/agent.ts";
import { AgentCache } from "../../src/collect/agent-cache.ts";
import { knownCountry } from "../../src/collect/country.ts";
import { CountryFile } from "../../src/collect/country-file.ts";
import { countryDatabase } from "../support/country-database.ts";
import { rejectionOf } from "../support/rejection-of.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const CHROME = `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/120.0.0.0 Safari/537.36`;

const NO_FILE = "Expected GEOIP_FILE to be an .mmdb file";

describe("a user agent", () => {
  test.each([
    [CHROME, { device: "desktop", browser: "Chrome", os: "Windows" }],
    [`${CHROME} Edg/120.0`, { device: "desktop", browser: "Microsoft Edge", os: "Windows" }],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
      { device: "mobile", browser: "Safari", os: "iOS" },
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
      { device: "tablet", browser: "Safari", os: "iOS" },
    ],
    [
      "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
      { device: "desktop", browser: "Firefox", os: "Linux" },
    ],
    [
      "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
      { device: "desktop", browser: "Opera", os: "Windows" },
    ],
    ["ann of the shop/1.0 (Windows NT 10.0)", { device: "desktop", os: "Windows" }],
    [`${"secret ".repeat(70)}/1.0 x`, {}],
  ])("%s is read", (userAgent, expected) => {
    expect(parseAgent(userAgent)).toEqual({ facts: expected, isRobot: false });
  });

  test.each([
    [""],
    ["curl/8.5.0"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"],
    [`Mozilla/5.0 (X11; Linux x86_64) ${WEBKIT} HeadlessChrome/120.0.0.0 Safari/537.36`],
    ["x".repeat(100_000)],
  ])("%.40s is a robot's", (userAgent) => {
    expect(parseAgent(userAgent).isRobot).toBeTrue();
  });

  test("is remembered, whatever clients send, in bounded memory", () => {
    const cache = new AgentCache(10);
    const first = cache.read(CHROME);
    for (let i = 0; i < 1_000; i += 1) {
      cache.read(`${CHROME} Version/${i}`);
      if (i % 3 === 0) expect(cache.read(CHROME)).toBe(first);
    }
    expect(cache.size).toBeLessThanOrEqual(10);
  });
});

describe("a country", () => {
  test.each([
    ["DE", "DE"],
    ["de", "DE"],
    ["XX", undefined],
    ["T1", undefined],
    ["DEU", undefined],
    ["", undefined],
    [null, undefined],
    [49, undefined],
  ])("%p is taken as %p", (value, expected) => {
    expect(knownCountry(value)).toBe(expected);
  });
});

describe("a database of countries", () => {
  const records = new Map([
    ["203.0.113.0/24", { country: { iso_code: "DE" } }],
    ["198.51.100.0/24", { registered_country: { iso_code: "FR" } }],
    ["192.0.2.7", { country_code: "JP" }],
    ["2001:db8::/32", { country: "SE" }],
    ["10.0.0.0/8", { continent: { code: "EU" } }],
  ]);

  test.each([
    ["203.0.113.9", "DE"],
    ["198.51.100.1", "FR"],
    ["192.0.2.7", "JP"],
    ["192.0.2.8", undefined],
    ["2001:db8::1", "SE"],
    ["2001:db9::1", undefined],
    ["10.1.2.3", undefined],
    ["no address", undefined],
  ])("has %s in %p", async (address, expected) => {
    const path = await written(countryDatabase(records));
    expect((await openFile(path)).countryOf(address)).toBe(expected);
  });

  test("is read again when it was renewed", async () => {
    const path = await written(countryDatabase(records));
    const file = await openFile(path);
    const renewed = new Map([["203.0.113.0/24", { country: { iso_code: "AT" } }]]);
    await writeFile(`${path}.new`, countryDatabase(renewed));
    await rename(`${path}.new`, path);
    await file.refresh();
    expect(file.countryOf("203.0.113.9")).toBe("AT");
  });

  test("stays in use when the new one is broken", async () => {
    const path = await written(countryDatabase(records));
    const file = await openFile(path);
    await writeFile(path, "half");
    expect(String(await rejectionOf(file.refresh()))).toContain(NO_FILE);
    expect(file.countryOf("203.0.113.9")).toBe("DE");
  });

  test.each([
    ["missing.mmdb", undefined],
    ["text.mmdb", "not a database"],
  ])("is refused at the start: %s", async (_, content) => {
    const path = content === undefined ? "/nonexistent/x.mmdb" : await written(content);
    expect(String(await rejectionOf(openFile(path)))).toContain(NO_FILE);
  });
});

async function written(content: string | Buffer): Promise<string> {
  const path = join(temporaryFolder("countries"), "countries.mmdb");
  await writeFile(path, content);
  return path;
}

async function openFile(path: string): Promise<CountryFile> {
  const file = new CountryFile(path);
  await file.refresh();
  return file;
}
