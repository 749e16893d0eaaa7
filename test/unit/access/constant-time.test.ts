import { expect, test } from "bun:test";
import type { Key } from "../../../src/access/access-document.ts";
import { authenticate } from "../../../src/access/authenticate.ts";
import { mintKey } from "../../../src/access/key.ts";
import { compileRules } from "../../../src/access/rules.ts";

/**
 * A near miss takes as long as any other text, since nothing is ever compared with a key: what is given is hashed, and the hash is
 * looked up once.
 */
test("what is given is hashed and looked up once, and no more", () => {
  const minted = mintKey("write");
  const stored: Key = {
    keyId: minted.keyId,
    kind: "write",
    siteId: "example.com",
    hash: minted.hash,
    expiresAtMs: null,
    revokedAtMs: null,
    limits: {},
  };
  const document = { format: 1 as const, sites: [], keys: [stored] };
  const asked: string[] = [];
  const compiled = compileRules(document, { isAllClosed: false });
  const rules = { ...compiled, keys: lookedUp(compiled.keys, asked) };
  const nearMisses = Array.from({ length: minted.text.length }, (_, at) =>
    minted.text.slice(0, at),
  );
  for (const text of [minted.text, ...nearMisses, `${minted.text}x`, mintKey("write").text]) {
    asked.length = 0;
    attempt(() => authenticate(rules, text, Date.now()));
    const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    expect([...new Set(asked)]).toEqual([hash]);
  }
});

/** Notes what is looked up in `keys`, and throws on any other access. */
function lookedUp(keys: ReadonlyMap<string, Key>, asked: string[]): ReadonlyMap<string, Key> {
  return new Proxy(keys, {
    get(target, property) {
      if (property !== "get") throw new Error("Expected a key to be looked up by its hash");
      return (hash: string) => {
        asked.push(hash);
        return target.get(hash);
      };
    },
  });
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ name: "QueueFlowError" });
  }
}
