/**
 * Integers of 32 bits, all lowest bytes first, then the next ones, which compresses better than integer by integer. Planes of zeros
 * at the top are left out.
 */
export interface BytePlanes {
  /** 0 to 4. */
  readonly planes: number;
  readonly bytes: Uint8Array;
}

export function toBytePlanes(values: Uint32Array): BytePlanes {
  let bits = 0;
  for (let i = 0; i < values.length; i += 1) bits |= values[i] ?? 0;
  const planes = Math.ceil((32 - Math.clz32(bits)) / 8);
  const bytes = new Uint8Array(planes * values.length);
  for (let plane = 0; plane < planes; plane += 1) {
    const at = plane * values.length;
    for (let i = 0; i < values.length; i += 1) bytes[at + i] = (values[i] ?? 0) >>> (8 * plane);
  }
  return { planes, bytes };
}

/** `bytes` must be `planes` times as many as integers. */
export function fromBytePlanes({ planes, bytes }: BytePlanes, count: number): Uint32Array {
  const values = new Uint32Array(count);
  for (let plane = 0; plane < planes; plane += 1) {
    const at = plane * count;
    for (let i = 0; i < count; i += 1) {
      values[i] = (values[i] ?? 0) | ((bytes[at + i] ?? 0) << (8 * plane));
    }
  }
  return values;
}

/** Replaces each value by its difference from the one before, modulo 2^32. */
export function toDifferences(values: Uint32Array): Uint32Array {
  const differences = new Uint32Array(values.length);
  let before = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    differences[i] = value - before;
    before = value;
  }
  return differences;
}

/** Does the opposite of `toDifferences` in place. */
export function sumDifferences(values: Uint32Array): Uint32Array {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) {
    sum = (sum + (values[i] ?? 0)) | 0;
    values[i] = sum;
  }
  return values;
}
