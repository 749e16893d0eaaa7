import { InvalidArgumentError } from "commander";

/** Neither quoted nor an address literal (RFC 5322, 3.4.1). */
const ADDRESS = /[\w.!#$%&'*+/=?^{|}~`-]{1,64}@[a-z\d](?:[a-z\d.-]*[a-z\d])?/;
const NAME = /"[ !#-[\]-~]*" *|[\w .!#$%&'*+/=?^{|}~`-]*/;
const MAILBOX = new RegExp(
  `^(?:(?:${NAME.source})<(${ADDRESS.source})>|(${ADDRESS.source}))$`,
  "i",
);
const MAILBOX_CHARACTERS_MAX = 320;
const MAILBOXES_MAX = 100;

/** A person or list that gets or sends mail. */
export interface Mailbox {
  /** As in a header: `Team <team@example.com>`, or the address alone. Printable ASCII on one line. */
  readonly text: string;
  readonly address: string;
}

/** @throws InvalidArgumentError, also for a line break, which would add headers or commands. */
export function parseMailbox(value: string): Mailbox {
  const address = value.length > MAILBOX_CHARACTERS_MAX ? undefined : addressOf(value);
  if (address !== undefined) return { text: value, address };
  throw new InvalidArgumentError("Expected an address such as team@example.com.");
}

/** Undefined when `text` is no mailbox. */
export function addressOf(text: string): string | undefined {
  const [, inBrackets, alone] = MAILBOX.exec(text) ?? [];
  return inBrackets ?? alone;
}

/** Parses addresses separated by commas, after those of the options before. */
export function parseMailboxes(value: string, before: readonly Mailbox[] = []): readonly Mailbox[] {
  const parts = value.match(/(?:"[^"]*"|[^",]|")+/g) ?? [""];
  const mailboxes = [...before, ...parts.map((part) => parseMailbox(part.replace(/^ +| +$/g, "")))];
  if (mailboxes.length <= MAILBOXES_MAX) return mailboxes;
  throw new InvalidArgumentError(`Expected at most ${MAILBOXES_MAX} addresses.`);
}
