import { describe, expect, test } from "bun:test";
import { type EventSender, withoutForbidden } from "../../../src/accept/without-forbidden.ts";
import type { Key } from "../../../src/access/access-document.ts";
import { type Access, compileRules, OPEN, UNKNOWN } from "../../../src/access/rules.ts";
import type { ReadEvent } from "../../../src/protocols/protocol.ts";
import { accessDocument, SHOP, sampleKey } from "../../support/access-document.ts";
import { sampleEvent } from "../../support/sample-event.ts";

const { key } = sampleKey("write");

function rulesOf(keys: readonly Key[]): Access {
  return compileRules(accessDocument(keys), { isAllClosed: false });
}

/** Returns what is left of events of these sites, and the senders that were noted. */
function judged(siteIds: readonly string[], access: Access, given: Key | undefined) {
  const noted: string[] = [];
  const sender: EventSender = {
    use: "writes",
    key: given,
    origin: null,
    address: undefined,
    agent: "curl/8",
  };
  const events = siteIds.map(
    (siteId): ReadEvent => ({
      kind: "event",
      event: sampleEvent({ siteId }),
    }),
  );
  const judge = {
    current: () => access,
    noteKeyless: (siteId: string, agent: string | null) => void noted.push(`${siteId} ${agent}`),
  };
  const left = withoutForbidden(events, sender, judge);
  return {
    left: left.map((each) => (each.kind === "forbidden" ? each.error.code : each.kind)),
    noted,
  };
}

describe("of a request's events", () => {
  test("those that its key may send are left", () => {
    expect(judged([SHOP, "other.example"], rulesOf([key]), key)).toEqual({
      left: ["event", "wrong_site"],
      noted: [],
    });
  });

  test("those of open sites are left without a key, and noted once a site", () => {
    const sites = ["open.example", "open.example", SHOP, "another.example"];
    expect(judged(sites, rulesOf([key]), undefined)).toEqual({
      left: ["event", "event", "key_required", "event"],
      noted: ["open.example curl/8", "another.example curl/8"],
    });
  });

  test("all are left while nothing is asked", () => {
    expect(judged([SHOP], OPEN, undefined).left).toEqual(["event"]);
  });

  test("none is left when the keys became unknown meanwhile", () => {
    expect(() => judged([SHOP], UNKNOWN, undefined)).toThrow("does not know yet");
  });

  test("none is left when the key was revoked while the body arrived", () => {
    const revoked = rulesOf([{ ...key, revokedAtMs: 1 }]);
    expect(() => judged([SHOP], revoked, key)).toThrow("revoked");
    expect(() => judged([SHOP], rulesOf([]), key)).toThrow("deleted");
  });
});
