import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type DailyVisitor, dailyUserId } from "../../src/collect/daily-user-id.ts";

const VISITOR: DailyVisitor = {
  salt: Buffer.alloc(32, 7),
  siteId: "shop.example",
  address: "203.0.113.7",
  userAgent: "Mozilla/5.0",
};

describe("the daily id of a visitor", () => {
  test("is the documented hash", () => {
    const sent = '["shop.example","203.0.113.7","Mozilla/5.0"]';
    const hmac = new Bun.CryptoHasher("sha256", VISITOR.salt).update(sent).digest();
    expect(dailyUserId(VISITOR)).toBe(hmac.toString("base64url").slice(0, 22));
  });

  test.each([
    ["salt", { salt: Buffer.alloc(32, 8) }],
    ["site", { siteId: "shop.example2" }],
    ["address", { address: "203.0.113.70" }],
    ["IPv6 address", { address: "2001:db8::7" }],
    ["user agent", { userAgent: "" }],
  ])("differs by %s", (_, change) => {
    expect(dailyUserId({ ...VISITOR, ...change })).not.toBe(dailyUserId(VISITOR));
  });

  test("is never shared by different senders", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("", '"', '","', "\\", ","));
    const sender = fc.record({ siteId: text, address: text, userAgent: text });
    fc.assert(
      fc.property(sender, sender, (one, other) => {
        const isSame = (["siteId", "address", "userAgent"] as const).every(
          (k) => one[k] === other[k],
        );
        const ids = [one, other].map((each) => dailyUserId({ salt: VISITOR.salt, ...each }));
        expect(ids[0] === ids[1]).toBe(isSame);
      }),
    );
  });
});
