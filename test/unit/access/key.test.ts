import { describe, expect, test } from "bun:test";
import { hashKey, kindOfKey, looksLikeKey, mintKey } from "../../../src/access/key.ts";

const KINDS = ["write", "browser", "read", "admin"] as const;

/** Returns each text that differs from `text` in one character, or by two neighbours in the other order. */
function typingErrors(text: string): readonly string[] {
  return Array.from(text).flatMap((character, at) => {
    const other = character === "x" ? "y" : "x";
    const next = text[at + 1] ?? "";
    const replaced = text.slice(0, at) + other + text.slice(at + 1);
    const swapped = text.slice(0, at) + next + character + text.slice(at + 2);
    return [replaced, swapped, text.slice(0, at) + text.slice(at + 1)].filter(
      (wrong) => wrong !== text,
    );
  });
}

describe("a new key", () => {
  test.each(KINDS)("tells its kind: %s", (kind) => {
    const { text, hash, keyId } = mintKey(kind);
    expect(text).toMatch(new RegExp(`^qf_${kind[0]}_[0-9A-Za-z]{39}$`));
    expect(kindOfKey(text)).toBe(kind);
    expect(hash).toBe(hashKey(text));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(keyId).toMatch(/^[0-9A-Za-z]{11}$/);
    expect(text).not.toContain(keyId);
  });

  test("is different each time", () => {
    const keys = Array.from({ length: 1_000 }, () => mintKey("write"));
    expect(new Set(keys.map(({ text }) => text)).size).toBe(1_000);
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1_000);
  });

  test("with one typing error is no key", () => {
    const { text } = mintKey("write");
    expect(typingErrors(text).filter((wrong) => kindOfKey(wrong) !== undefined)).toEqual([]);
  });
});

/** Fixed, so that a change of the format shows. */
const GOOD = "qf_w_1Q45xp6hDrFFT08GRn8Jcs1nb55aiH9i546LTbt";

describe("the text", () => {
  test.each([
    [GOOD, "write", true],
    ["", undefined, false],
    ["qf_", undefined, true],
    ["qf_w_", undefined, true],
    [`${GOOD}0`, undefined, true],
    [`${GOOD}\n`, undefined, true],
    [GOOD.toUpperCase(), undefined, false],
    [GOOD.replace("qf_w_", "qf_a_"), undefined, true],
    [GOOD.replace("qf_w_", "qf_x_"), undefined, true],
    ["Bearer of bad news", undefined, false],
  ] as const)("%j is a key of the kind %p", (text, kind, looks) => {
    expect(kindOfKey(text)).toBe(kind);
    expect(looksLikeKey(text)).toBe(looks);
  });
});
