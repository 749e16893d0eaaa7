import { EVERY_SITE, type KeyKind } from "../../src/access/access-document.ts";
import { mintKey } from "../../src/access/key.ts";
import { type AccessKeys, withKey } from "../support/access-keys.ts";
import { OTHER_SITE, SITE } from "./route-rows.ts";

export type KeyState = "none" | "malformed" | "unknown" | "revoked" | "expired" | "in force";

/** What a request gives in place of a key, or as one. */
export interface PresentedKey {
  readonly name: string;
  readonly state: KeyState;
  readonly kind?: KeyKind;
  readonly siteId?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What nobody but the key's owner may find anywhere. */
  readonly secret?: string;
}

/** Creates a key of each kind and each scope, in each state, and returns them with what is none. */
export async function presentKeys(keys: AccessKeys): Promise<readonly PresentedKey[]> {
  const presented: PresentedKey[] = [...WITHOUT_KEYS];
  for (const kind of ["write", "browser", "read", "admin"] as const) {
    const every = kind === "read" || kind === "admin" ? [EVERY_SITE] : [];
    for (const siteId of [SITE, OTHER_SITE, ...every]) {
      const describe = (state: KeyState, text: string): PresentedKey => {
        const scope = siteId === EVERY_SITE ? "every site" : siteId;
        return {
          name: `${kind} key of ${scope}, ${state}`,
          state,
          kind,
          siteId,
          headers: withKey({ text }),
          secret: secretOf(text),
        };
      };
      presented.push(describe("in force", (await keys.create(kind, siteId)).text));
      presented.push(describe("expired", (await keys.create(kind, siteId, new Date(0))).text));
      const revoked = await keys.create(kind, siteId);
      await keys.revoke(revoked);
      presented.push(describe("revoked", revoked.text));
    }
  }
  return presented;
}

const WITHOUT_KEYS: readonly PresentedKey[] = [
  { name: "no key", state: "none", headers: {} },
  { name: "a proxy's token", state: "none", headers: { Authorization: "Bearer abc" } },
  { name: "a proxy's user", state: "none", headers: { Authorization: `Basic ${btoa("ann:x")}` } },
  { name: "a scheme alone", state: "none", headers: { Authorization: "Bearer" } },
  { name: "half a key", state: "malformed", headers: withKey({ text: "qf_a_" }) },
  {
    name: "an admin key with another letter",
    state: "malformed",
    headers: withKey({ text: mintKey("read").text.replace("qf_r_", "qf_a_") }),
  },
  {
    name: "a key as long as a header",
    state: "malformed",
    headers: withKey({ text: `qf_a_${"x".repeat(8_000)}` }),
  },
  { name: "a made-up key", state: "unknown", headers: withKey(mintKey("admin")) },
  {
    name: "a made-up user",
    state: "unknown",
    headers: { Authorization: `Basic ${btoa(`${mintKey("admin").text}:`)}` },
  },
  {
    name: "a made-up write key",
    state: "unknown",
    headers: { "X-Write-Key": mintKey("write").text },
  },
];

/** The random part, without the kind and the checksum. */
function secretOf(text: string): string {
  return text.slice("qf_w_".length, -6);
}
