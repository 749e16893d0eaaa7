/**
 * MurmurHash3 of 32 bits with random multipliers and seed. Anybody may send values, and with known multipliers could send millions
 * that collide.
 */
const FIRST_MULTIPLIER = randomInteger() | 1;
const SECOND_MULTIPLIER = randomInteger() | 1;
const SEED = randomInteger();

export function hashText(bytes: Uint8Array, from: number, to: number): number {
  let hash = SEED;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const lower = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    hash ^= mixed(lower | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let shift = 0; at < to; at += 1, shift += 8) rest |= (bytes[at] ?? 0) << shift;
  return spread(hash ^ mixed(rest) ^ (to - from));
}

function mixed(word: number): number {
  const multiplied = Math.imul(word, FIRST_MULTIPLIER);
  return Math.imul((multiplied << 15) | (multiplied >>> 17), SECOND_MULTIPLIER);
}

function spread(hash: number): number {
  let mix = hash ^ (hash >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}

function randomInteger(): number {
  const [integer = 0] = crypto.getRandomValues(new Int32Array(1));
  return integer;
}
