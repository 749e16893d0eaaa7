import { hashKey } from "./key.ts";
import { randomText } from "./session.ts";

const SHARE_ID_CHARACTERS = 11;

export interface NewShareText {
  /** The token in the link. No key begins like it, so that no other route takes it for one. */
  readonly text: string;
  readonly hash: string;
  /** Public: names the link in commands and lists. */
  readonly shareId: string;
}

export function mintShare(): NewShareText {
  const text = randomText();
  const shareId = randomText().replace(/[-_]/g, "").slice(0, SHARE_ID_CHARACTERS);
  return { text, hash: hashKey(text), shareId };
}
