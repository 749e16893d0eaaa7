/** An answer of Redis that is an error: its message is Redis's own, its first word the class of the error. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

/** What a script here answers: a status or a string, an integer, nothing, or an error. */
export type Reply = string | number | null | ReplyError;

/** No reply here comes near: what sends more is no Redis. */
const REPLY_BYTES_MAX = 65_536;

const [SIMPLE, ERROR, INTEGER, BULK] = Buffer.from("+-:$");

/** A command as Redis reads it from a connection (its documentation, "Redis serialization protocol"). */
export function encodeCommand(args: readonly (string | number)[]): string {
  let command = `*${args.length}\r\n`;
  for (const arg of args) {
    const text = String(arg);
    command += `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  }
  return command;
}

/**
 * Reads the reply that begins at `start`, and where it ends; `undefined` while it has not come whole.
 *
 * @throws Error when the bytes begin no reply that a script here answers.
 */
export function readReply(
  bytes: Buffer,
  start: number,
): { readonly reply: Reply; readonly end: number } | undefined {
  const lineEnd = bytes.indexOf("\r\n", start);
  if (lineEnd === -1) {
    if (bytes.length - start > REPLY_BYTES_MAX) throw noReply(bytes, start);
    return undefined;
  }
  const line = bytes.toString("utf8", start + 1, lineEnd);
  const end = lineEnd + 2;
  const type = bytes[start];
  if (type === SIMPLE) return { reply: line, end };
  if (type === ERROR) return { reply: new ReplyError(line), end };
  if (type === INTEGER && /^-?\d+$/.test(line)) return { reply: Number(line), end };
  if (type === BULK && line === "-1") return { reply: null, end };
  if (type !== BULK || !/^\d{1,5}$/.test(line)) throw noReply(bytes, start);
  const bulkEnd = end + Number(line);
  if (bytes.length < bulkEnd + 2) return undefined;
  return { reply: bytes.toString("utf8", end, bulkEnd), end: bulkEnd + 2 };
}

function noReply(bytes: Buffer, start: number): Error {
  const came = JSON.stringify(bytes.toString("latin1", start, start + 40));
  return new Error(`Expected a reply of Redis, got ${came}`);
}
