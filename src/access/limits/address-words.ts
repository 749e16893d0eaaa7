/** The first 64 bits of an address. */
export interface AddressWords {
  readonly hi: number;
  readonly lo: number;
}

const COLON = 0x3a;
const DOT = 0x2e;
const GROUPS = 8;
/** Reused, since reading is synchronous. */
const groups = new Uint16Array(GROUPS);

/** Returns the bits of an IPv4 address. Walks through the characters: splitting the text costs more than the rest of a check. */
export function ipv4Word(address: string): number {
  let bits = 0;
  let byte = 0;
  for (let at = 0; at < address.length; at += 1) {
    const code = address.charCodeAt(at);
    if (code !== DOT) byte = byte * 10 + hexDigit(code);
    else {
      bits = bits * 256 + byte;
      byte = 0;
    }
  }
  return bits * 256 + byte;
}

/** Returns the /64 of an IPv6 address, both as `canonicalAddress` writes it. */
export function ipv6Words(address: string): AddressWords {
  groups.fill(0);
  let count = 0;
  let gapAt = -1;
  let group = -1;
  for (let at = 0; at <= address.length; at += 1) {
    const code = at < address.length ? address.charCodeAt(at) : COLON;
    if (code !== COLON) {
      group = Math.max(group, 0) * 16 + hexDigit(code);
      continue;
    }
    if (group !== -1) {
      groups[count] = group;
      count += 1;
      group = -1;
    } else if (gapAt === -1) gapAt = count;
  }
  if (gapAt !== -1) {
    const afterGap = GROUPS - (count - gapAt);
    groups.copyWithin(afterGap, gapAt, count);
    groups.fill(0, gapAt, afterGap);
  }
  return { hi: wordAt(0), lo: wordAt(2) };
}

function wordAt(group: number): number {
  return (((groups[group] ?? 0) << 16) | (groups[group + 1] ?? 0)) >>> 0;
}

function hexDigit(code: number): number {
  return code < COLON ? code - 0x30 : code - 0x61 + 10;
}
