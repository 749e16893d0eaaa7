import { describe, expect, test } from "bun:test";
import { authenticate, expectInForce } from "../../../src/access/authenticate.ts";
import { mintKey } from "../../../src/access/key.ts";
import { compileRules } from "../../../src/access/rules.ts";
import { QueueFlowError } from "../../../src/errors.ts";
import { accessDocument, sampleKey } from "../../support/access-document.ts";

const NOW_MS = 1_000_000;
const good = sampleKey("write", { expiresAtMs: NOW_MS + 1 });
const revoked = sampleKey("read", { revokedAtMs: NOW_MS - 1 });
const expired = sampleKey("admin", { expiresAtMs: NOW_MS });
const rules = compileRules(accessDocument([good.key, revoked.key, expired.key]), {
  isAllClosed: false,
});

function codeOf(check: () => unknown): string {
  try {
    check();
    return "fine";
  } catch (error) {
    return error instanceof QueueFlowError ? error.code : String(error);
  }
}

describe("a given key", () => {
  test.each([
    ["in force", good.text, "fine"],
    ["revoked", revoked.text, "key_revoked"],
    ["expired", expired.text, "key_expired"],
    ["that nobody made", mintKey("write").text, "key_unknown"],
    ["with a typing error", good.text.replace(/.$/, "~"), "key_malformed"],
    ["of a hash instead of the key", `qf_w_${good.key.hash}`, "key_malformed"],
  ])("%s", (_, text, code) => {
    expect(codeOf(() => authenticate(rules, text, NOW_MS))).toBe(code);
  });

  test("is in no message", () => {
    for (const text of [revoked.text, expired.text, mintKey("write").text, "qf_w_mistyped"]) {
      expect(() => authenticate(rules, text, NOW_MS)).not.toThrow(text);
    }
  });

  test("is checked again with newer rules", () => {
    const newer = accessDocument([{ ...good.key, revokedAtMs: NOW_MS }]);
    const options = { isAllClosed: false };
    const again = (document: typeof newer) =>
      codeOf(() => expectInForce(compileRules(document, options), good.key, NOW_MS));
    expect(codeOf(() => expectInForce(rules, good.key, NOW_MS))).toBe("fine");
    expect(again(newer)).toBe("key_revoked");
    expect(again(accessDocument())).toBe("key_unknown");
  });
});
