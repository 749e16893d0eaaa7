/** An answer of Redis that is an error: its message is Redis's own, its first word the class of the error. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
}

/** What a command here answers: a status or a string, an integer, nothing, a list, or an error. */
export type Reply = string | number | null | ReplyError | readonly Reply[];

/** A command as Redis reads it from a connection (its documentation, "Redis serialization protocol"). */
export function encodeCommand(args: readonly (string | number)[]): string {
  let command = `*${args.length}\r\n`;
  for (const arg of args) {
    const text = String(arg);
    command += `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  }
  return command;
}
