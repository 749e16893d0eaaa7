export const KEY_KINDS = ["write", "browser", "read", "admin"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];
