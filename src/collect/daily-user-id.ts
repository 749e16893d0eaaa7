/** Of base64: 132 bits. */
const ID_CHARACTERS = 22;

export interface DailyVisitor {
  /** Of the site's local date. */
  readonly salt: Uint8Array;
  readonly siteId: string;
  /** As `canonicalAddress` returns it. */
  readonly address: string;
  /** Empty without one. */
  readonly userAgent: string;
}

/** Returns 22 characters, the same for a visitor of a site as long as the salt is. Without the salt nobody can compute it again. */
export function dailyUserId({ salt, siteId, address, userAgent }: DailyVisitor): string {
  // JSON keeps the parts apart, whatever they contain.
  const sender = JSON.stringify([siteId, address, userAgent]);
  const hash = new Bun.CryptoHasher("sha256", salt).update(sender).digest("base64url");
  return hash.slice(0, ID_CHARACTERS);
}
