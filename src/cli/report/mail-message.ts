import type { Mailbox } from "./mailbox.ts";
import type { PrintedReport } from "./print-report.ts";

/** Of a line in base64 (RFC 2045, 6.8). */
const LINE_CHARACTERS = 76;
/** Of text in an encoded word, whose base64 then fits into 75 characters (RFC 2047, 2). */
const WORD_BYTES_MAX = 45;

export interface MailOptions {
  readonly from: Mailbox | undefined;
  readonly to: readonly Mailbox[];
  readonly date: Date;
}

/** Returns a report as a mail (RFC 5322), with its text and its HTML as alternatives. */
export function mailMessage(
  { title, text, html }: PrintedReport,
  { from, to, date }: MailOptions,
): string {
  const boundary = `queueflow-${crypto.randomUUID()}`;
  const part = (type: string, body: string) => [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    "Content-Transfer-Encoding: base64",
    "",
    ...lines(Buffer.from(body).toString("base64")),
    "",
  ];
  return [
    ...(from === undefined ? [] : [`From: ${from.text}`]),
    ...(to.length === 0 ? [] : [`To: ${to.map(({ text: each }) => each).join(",\r\n ")}`]),
    `Subject: ${encodedWords(title)}`,
    `Date: ${date.toUTCString().replace("GMT", "+0000")}`,
    ...(from === undefined ? [] : [`Message-ID: ${messageId(from)}`]),
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    ...part("text/plain", text),
    ...part("text/html", html),
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

/** Mail servers take one without for spam. */
function messageId({ address }: Mailbox): string {
  return `<${crypto.randomUUID()}${address.slice(address.lastIndexOf("@"))}>`;
}

function lines(base64: string): readonly string[] {
  return base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
}

/** A header has ASCII only, and no line break of a site's name. */
function encodedWords(text: string): string {
  const pieces: string[] = [];
  let piece = "";
  for (const character of text) {
    if (Buffer.byteLength(piece + character) > WORD_BYTES_MAX) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece]
    .map((each) => `=?utf-8?B?${Buffer.from(each).toString("base64")}?=`)
    .join("\r\n ");
}
