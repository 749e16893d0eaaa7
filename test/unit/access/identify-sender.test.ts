import { describe, expect, test } from "bun:test";
import { OPEN_ACCESS } from "../../../src/access/access-source.ts";
import { compileRules } from "../../../src/access/rules.ts";
import { identifySender } from "../../../src/http/access/identify.ts";
import { accessDocument, sampleSite } from "../../support/access-document.ts";

/** Returns the sender's address after its connection has ended, and how often it was read. */
function lateAddress(excludedNetworks: string[]) {
  let isConnected = true;
  let reads = 0;
  const addresses = {
    senderOf: () => {
      reads += 1;
      return isConnected ? "192.0.2.1" : undefined;
    },
    isProxied: () => false,
  };
  const rules = compileRules(accessDocument([], [sampleSite({ excludedNetworks })]), {
    isAllClosed: false,
  });
  const request = new Request("http://localhost/event");
  const sender = identifySender(
    request,
    { access: rules, use: "writes" },
    { access: OPEN_ACCESS, addresses },
  );
  const before = reads;
  isConnected = false;
  return { before, address: sender?.address };
}

describe("the address of a sender", () => {
  test("is read at once where a site excludes networks", () => {
    expect(lateAddress(["10.0.0.0/8"])).toEqual({ before: 1, address: "192.0.2.1" });
  });

  test("is not read before it is asked for where none does", () => {
    expect(lateAddress([])).toEqual({ before: 0, address: undefined });
  });
});
