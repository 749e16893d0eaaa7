import { describe, expect, test } from "bun:test";
import type { Key, Site } from "../../../src/access/access-document.ts";
import { ExcludedError } from "../../../src/access/excluded-error.ts";
import { expectWriter, type Sender, writeRefusal } from "../../../src/access/may-write.ts";
import { type AccessRules, compileRules } from "../../../src/access/rules.ts";
import { QueueFlowError } from "../../../src/errors.ts";
import {
  accessDocument,
  everySiteKey,
  SHOP,
  sampleKey,
  sampleSite,
} from "../../support/access-document.ts";

const OTHER = "other.example";
const shopKey = sampleKey("write").key;
const browserKey = sampleKey("browser").key;
const otherKey = sampleKey("write", { siteId: OTHER }).key;

function rulesOf(keys: readonly Key[], sites: readonly Site[] = [], isAllClosed = false) {
  return compileRules(accessDocument(keys, sites), { isAllClosed });
}

function senderOf(more: Partial<Sender> = {}): Sender {
  return { use: "writes", key: undefined, origin: null, address: "192.0.2.1", ...more };
}

function refusal(
  rules: AccessRules,
  sender: Partial<Sender>,
  event: Partial<Parameters<typeof writeRefusal>[2]> = {},
): string | undefined {
  const error = writeRefusal(rules, senderOf(sender), { siteId: SHOP, path: "/", ...event });
  return error instanceof ExcludedError ? `excluded ${error.rule}` : error?.code;
}

describe("a request to write", () => {
  const open = rulesOf([]);
  const closed = rulesOf([], [], true);
  test.each([
    ["without a key", open, undefined, "fine"],
    ["without a key where all is closed", closed, undefined, "key_required"],
    ["with a write key", closed, shopKey, "fine"],
    ["with a browser key", open, browserKey, "wrong_kind"],
    ["with a read key", open, sampleKey("read").key, "wrong_kind"],
    ["with an admin key", open, sampleKey("admin").key, "fine"],
  ])("%s", (_, rules, key, code) => {
    try {
      expectWriter(rules, { use: "writes", key });
      expect("fine").toBe(code);
    } catch (error) {
      expect(error).toBeInstanceOf(QueueFlowError);
      expect(error).toMatchObject({ code });
    }
  });
});

describe("an event", () => {
  const revoked = sampleKey("write", { revokedAtMs: 1 }).key;
  const expired = sampleKey("write", { expiresAtMs: 1 }).key;
  test.each([
    ["without any key", [], undefined, undefined],
    ["without a key of a closed site", [shopKey], undefined, "key_required"],
    ["of a site that a revoked key closes", [revoked], undefined, "key_required"],
    ["of a site that an expired key closes", [expired], undefined, "key_required"],
    ["of a site that a browser key leaves open", [sampleKey("browser").key], undefined, undefined],
    ["of a site beside a closed one", [otherKey], undefined, undefined],
    ["with its site's key", [shopKey], shopKey, undefined],
    ["with an admin key of its site", [], sampleKey("admin").key, undefined],
    ["with an admin key of every site", [], everySiteKey("admin").key, undefined],
    [
      "with an admin key of another site",
      [],
      sampleKey("admin", { siteId: "a" }).key,
      "wrong_site",
    ],
    ["with another site's key", [shopKey, otherKey], otherKey, "wrong_site"],
    ["with another site's key where its own is open", [otherKey], otherKey, "wrong_site"],
  ])("%s", (_, keys, key, code) => {
    expect(refusal(rulesOf(keys), { key })).toBe(code);
  });

  test("of any site needs a key where all is closed", () => {
    expect(refusal(rulesOf([], [], true), {})).toBe("key_required");
  });
});

describe("a site's rules", () => {
  const site = sampleSite({
    origins: ["https://shop.example", "https://*.shop.example"],
    hostnames: ["shop.example", "*.shop.example"],
    excludedNetworks: ["10.0.0.0/8", "2001:db8::/32"],
    excludedPaths: ["/admin/**", "/exact", "**/hidden"],
    excludedCountries: ["AQ"],
  });
  const rules = rulesOf([], [site]);
  test.each([
    ["take an event that none names", {}, {}, undefined],
    ["take an allowed origin", { origin: "https://www.shop.example" }, {}, undefined],
    [
      "refuse two origins",
      { origin: "https://evil.example, https://www.shop.example" },
      {},
      "wrong_origin",
    ],
    ["refuse another origin", { origin: "https://evil.example" }, {}, "wrong_origin"],
    ["refuse the origin of a file or a sandbox", { origin: "null" }, {}, "wrong_origin"],
    ["take an event of a listed host", {}, { hostname: "www.shop.example" }, undefined],
    ["refuse another host", {}, { hostname: "shop.example.evil" }, "excluded hostname"],
    ["refuse an excluded path", {}, { path: "/admin/users/1" }, "excluded path"],
    ["refuse a path without stars", {}, { path: "/exact" }, "excluded path"],
    ["refuse a path by its end", {}, { path: "/a/b/hidden" }, "excluded path"],
    ["take a path beside it", {}, { path: "/administrator" }, undefined],
    ["refuse an excluded country", {}, { country: "AQ" }, "excluded country"],
    ["refuse an excluded address", { address: "10.1.2.3" }, {}, "excluded address"],
    ["refuse an excluded IPv6 address", { address: "2001:db8::1" }, {}, "excluded address"],
    ["refuse an unknown address", { address: undefined }, {}, "excluded address"],
    ["take another address", { address: "192.0.2.1" }, {}, undefined],
    ["hold for a key, too", { key: shopKey, address: "10.1.2.3" }, {}, "excluded address"],
  ])("%s", (_, sender, event, code) => {
    expect(refusal(rules, sender, event)).toBe(code);
    expect(refusal(rules, sender, { ...event, siteId: OTHER })).toBe(
      "key" in sender ? "wrong_site" : undefined,
    );
  });

  test("read an address only where a network is excluded", () => {
    const sender: Sender = {
      use: "writes",
      key: undefined,
      origin: null,
      get address(): string | undefined {
        throw new Error("The address was read");
      },
    };
    const event = { siteId: SHOP, path: "/" };
    const without = rulesOf([], [{ ...site, excludedNetworks: [] }]);
    expect(writeRefusal(without, sender, event)).toBeUndefined();
    expect(() => writeRefusal(rules, sender, event)).toThrow("The address was read");
  });

  test("that are no rules leave out nothing", () => {
    const odd = sampleSite({ excludedNetworks: ["everything"], excludedPaths: [""] });
    expect(refusal(rulesOf([], [odd]), { address: "10.1.2.3" })).toBeUndefined();
  });
});
