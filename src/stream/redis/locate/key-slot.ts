const SLOTS = 16_384;
/** CRC-16 of XMODEM, as in the appendix of the specification of Redis Cluster. */
const POLYNOMIAL = 0x1021;

/** Returns the slot of a key in a Redis Cluster: of its hash tag, the text in the first braces, if it has one. */
export function keySlot(key: string): number {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open + 1);
  const hashed = open >= 0 && close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  }
  return (crc & 0xffff) % SLOTS;
}
