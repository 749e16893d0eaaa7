const FRAME_MAGIC = 0xfd2fb528;
/** Of skippable frames, but for the last four bits. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const RUN_LENGTH_BLOCK = 1;

/** Whether these bytes are complete frames (RFC 8878, 3.1). Bun 1.4.5's node:zlib returns the part that a cut frame has. */
export function areWholeZstdFrames(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  try {
    while (at < bytes.length) at = frameEnd(view, at);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  return bytes.length > 0 && at === bytes.length;
}

/** @throws RangeError when the frame ends early or is none. */
function frameEnd(view: DataView, start: number): number {
  const magic = view.getUint32(start, true);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC)
    return start + 8 + view.getUint32(start + 4, true);
  if (magic !== FRAME_MAGIC) throw new RangeError("No frame");
  const descriptor = view.getUint8(start + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const contentSizeBytes =
    sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  let at =
    start +
    5 +
    (isSingleSegment ? 0 : 1) +
    (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) +
    contentSizeBytes;
  for (let isLast = false; !isLast; ) {
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    isLast = (header & 1) === 1;
    at += 3 + (((header >> 1) & 3) === RUN_LENGTH_BLOCK ? 1 : header >> 3);
  }
  const hasChecksum = (descriptor & 4) !== 0;
  return at + (hasChecksum ? 4 : 0);
}
