export type Chunks = AsyncGenerator<Uint8Array>;

/** Returns the first bytes, as many as suffice, or all there are, and an iterator over all bytes. */
export async function peek(
  chunks: Chunks,
  suffice: (first: Buffer) => boolean,
): Promise<{ readonly first: Buffer; readonly all: Chunks }> {
  const read: Uint8Array[] = [];
  let first = Buffer.alloc(0);
  while (!suffice(first)) {
    const next = await chunks.next();
    if (next.done === true) break;
    read.push(next.value);
    first = Buffer.concat([first, next.value]);
  }
  async function* all(): Chunks {
    yield* read;
    yield* chunks;
  }
  return { first, all: all() };
}
