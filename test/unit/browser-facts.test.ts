import { describe, expect, test } from "bun:test";
import { OPEN } from "../../src/access/rules.ts";
import { AgentCache } from "../../src/collect/agent-cache.ts";
import { type BrowserRequest, browserFacts } from "../../src/http/collect/browser-facts.ts";
import { CHROME } from "../support/browser.ts";

const ADDRESS = "198.51.100.7";
const parts = {
  agents: new AgentCache(),
  respectsGpc: false,
  countryHeader: "cf-ipcountry",
  countries: { countryOf: (address: string) => (address === ADDRESS ? "DE" : undefined) },
  access: { current: () => OPEN },
  salts: { saltAt: () => Buffer.alloc(32) },
};

function factsOf(headers: Readonly<Record<string, string>>, more: Partial<BrowserRequest> = {}) {
  const request = { address: ADDRESS, isProxied: () => true, ...more };
  return browserFacts(
    { ...request, headers: new Headers({ "User-Agent": CHROME, ...headers }) },
    parts,
  );
}

describe("the country of a browser", () => {
  test.each<[what: string, header: string, more: Partial<BrowserRequest>, string | undefined]>([
    ["is what a trusted proxy says", "fr", {}, "FR"],
    ["is not what anybody says", "FR", { isProxied: () => false }, "DE"],
    ["is that of its address when the proxy knows none", "XX", {}, "DE"],
    ["is that of its address when the proxy says nonsense", "<b>", {}, "DE"],
    ["is unknown without an address", "XX", { address: undefined }, undefined],
  ])("%s", (_, header, more, country) => {
    expect(factsOf({ "CF-IPCountry": header }, more).derived.country).toBe(country);
  });
});

describe("the visitor of a day", () => {
  test("differs by site, address and user agent", async () => {
    const ids = await Promise.all([
      factsOf({}).dailyUserId("a", 0),
      factsOf({}).dailyUserId("b", 0),
      factsOf({}, { address: "198.51.100.8" }).dailyUserId("a", 0),
      factsOf({ "User-Agent": `${CHROME} Edg/139` }).dailyUserId("a", 0),
    ]);
    expect(new Set(ids).size).toBe(4);
    expect(await factsOf({ "Accept-Language": "de" }).dailyUserId("a", 0)).toBe(ids[0] ?? "");
  });

  test("tells nothing of the address", () => {
    expect(JSON.stringify(factsOf({}))).not.toContain(ADDRESS);
  });
});
