import type { KeyKind } from "./access-document.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_BYTES = 24;
/** As many base62 digits as 24 bytes need. */
const SECRET_DIGITS = 33;
const CHECKSUM_DIGITS = 6;
const KEY_ID_BYTES = 8;
const KEY_ID_DIGITS = 11;

const PREFIX = "qf_";
const KIND_OF_LETTER: Readonly<Record<string, KeyKind>> = {
  w: "write",
  b: "browser",
  r: "read",
  a: "admin",
};
const LETTER_OF_KIND: Readonly<Record<KeyKind, string>> = {
  write: "w",
  browser: "b",
  read: "r",
  admin: "a",
};
const SHAPE = new RegExp(
  `^${PREFIX}([wbra])_[0-9A-Za-z]{${SECRET_DIGITS}}[0-9A-Za-z]{${CHECKSUM_DIGITS}}$`,
);

export interface NewKeyText {
  /** The key itself, which only its owner keeps. */
  readonly text: string;
  readonly hash: string;
  /** Public: names the key in commands and lists. */
  readonly keyId: string;
}

/** Returns a key such as `qf_w_…`: 24 random bytes and a checksum, by which scanners and typing errors are recognised. */
export function mintKey(kind: KeyKind): NewKeyText {
  const secret = base62(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), SECRET_DIGITS);
  const unchecked = `${PREFIX}${LETTER_OF_KIND[kind]}_${secret}`;
  const text = unchecked + checksum(unchecked);
  const keyId = base62(crypto.getRandomValues(new Uint8Array(KEY_ID_BYTES)), KEY_ID_DIGITS);
  return { text, hash: hashKey(text), keyId };
}

/** Whether the text is meant as a key. Proxies put credentials of their own into the same headers. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Returns undefined for a text that cannot be a key, such as one with a typing error. */
export function kindOfKey(text: string): KeyKind | undefined {
  const letter = SHAPE.exec(text)?.[1];
  if (letter === undefined) return undefined;
  const unchecked = text.slice(0, -CHECKSUM_DIGITS);
  return text === unchecked + checksum(unchecked) ? KIND_OF_LETTER[letter] : undefined;
}

/** Returns the SHA-256 in hexadecimal digits. Keys are found by it, so that no comparison of theirs takes time by its outcome. */
export function hashKey(text: string): string {
  return Bun.SHA256.hash(text, "hex");
}

function checksum(unchecked: string): string {
  return digits(BigInt(Bun.hash.crc32(unchecked)), CHECKSUM_DIGITS);
}

function base62(bytes: Uint8Array, length: number): string {
  return digits(BigInt(`0x${Buffer.from(bytes).toString("hex")}`), length);
}

function digits(value: bigint, length: number): string {
  const base = BigInt(DIGITS.length);
  let text = "";
  for (let rest = value; text.length < length; rest /= base) {
    text = (DIGITS[Number(rest % base)] ?? "") + text;
  }
  return text;
}
