import { ipv4Word, ipv6Words } from "./address-words.ts";

/** What a limit counts for, as 64 bits: an address, a key, a site or a public link. */
export interface Subject {
  readonly hi: number;
  readonly lo: number;
}

/** Upper halves of IPv6 networks that are not assigned to anybody: 5000::/32 and 4000::/4. */
const IPV4 = 0x5000_0000;
const NAMED = 0x4000_0000;
/** Hexadecimal digits below the 4 of `NAMED`. */
const NAMED_DIGITS = 7;
const WORD_DIGITS = 8;
const UNKNOWN: Subject = { hi: NAMED, lo: 0 };

/**
 * Returns the subject of an IPv4 address, or of the /64 of an IPv6 address, since a client may use all of it. Takes an address as
 * `canonicalAddress` returns it. All whose address is unknown count together.
 */
export function addressSubject(address: string | undefined): Subject {
  if (address === undefined) return UNKNOWN;
  return address.includes(":") ? ipv6Words(address) : { hi: IPV4, lo: ipv4Word(address) };
}

/** Returns the subject of a key, a site or a public link: 60 bits of a hash, so that it costs the same whatever its name. */
export function namedSubject(kind: "key" | "site" | "link", name: string): Subject {
  const hash = Bun.SHA256.hash(`${kind}\0${name}`, "hex");
  const hi = NAMED + Number.parseInt(hash.slice(0, NAMED_DIGITS), 16);
  return { hi, lo: Number.parseInt(hash.slice(-WORD_DIGITS), 16) };
}
