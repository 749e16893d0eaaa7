/** An index in the narrowest type that holds its values; undefined where each is the largest possible one. */
export type PackedIndex = Uint8Array | Uint16Array | Uint32Array | undefined;

/** Bytes a value. */
export type IndexWidth = 0 | 1 | 2 | 4;

export function indexWidth(index: Uint32Array, valueMax: number): IndexWidth {
  if (index.every((value) => value === valueMax)) return 0;
  if (valueMax <= 0xff) return 1;
  return valueMax <= 0xffff ? 2 : 4;
}

export function packIndex(index: Uint32Array, width: IndexWidth): Uint8Array<ArrayBuffer> {
  switch (width) {
    case 0:
      return new Uint8Array();
    case 1:
      return new Uint8Array(index);
    case 2:
      return new Uint8Array(new Uint16Array(index).buffer);
    case 4:
      return new Uint8Array(index.slice().buffer);
  }
}

/** `bytes` holds as many values as fit. Copies them, since they may not be aligned. */
export function readPackedIndex(bytes: Uint8Array, width: IndexWidth): PackedIndex {
  if (width === 0) return undefined;
  const copy = new Uint8Array(bytes);
  if (width === 1) return copy;
  return width === 2 ? new Uint16Array(copy.buffer) : new Uint32Array(copy.buffer);
}

export function unpackIndex(
  packed: PackedIndex,
  { count, valueMax }: { count: number; valueMax: number },
): Uint32Array {
  return packed === undefined ? new Uint32Array(count).fill(valueMax) : new Uint32Array(packed);
}
