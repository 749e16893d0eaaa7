const HEAD_END = Buffer.from("\r\n\r\n");
const LENGTH = Buffer.from("content-length: ");
const DIGIT_ZERO = 48;
const DIGIT_NINE = 57;

/**
 * Returns the status of the first response in the bytes of a connection; undefined while it is incomplete.
 *
 * @throws Error without a `Content-Length` in the spelling of Bun or Node.
 */
export function wholeAnswerStatus(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const whole = headEnd + HEAD_END.length + contentLength(bytes.subarray(0, headEnd));
  return bytes.length < whole ? undefined : digitsAt(bytes, "HTTP/1.1 ".length);
}

function contentLength(head: Buffer): number {
  let at = head.indexOf(LENGTH);
  if (at === -1) at = head.indexOf("Content-Length: ");
  if (at === -1) throw new Error(`Expected a Content-Length, got ${head.toString()}`);
  return digitsAt(head, at + LENGTH.length);
}

function digitsAt(bytes: Buffer, start: number): number {
  let value = 0;
  for (let at = start; ; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < DIGIT_ZERO || byte > DIGIT_NINE) return value;
    value = 10 * value + (byte - DIGIT_ZERO);
  }
}
