import type { PrintedReport } from "./print-report.ts";

/** Of a line in base64 (RFC 2045, 6.8). */
const LINE_CHARACTERS = 76;
/** Of text in an encoded word, whose base64 then fits into 75 characters (RFC 2047, 2). */
const WORD_BYTES_MAX = 45;

export interface MailOptions {
  readonly from: string | undefined;
  readonly to: string | undefined;
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
    ...(from === undefined ? [] : [`From: ${from}`]),
    ...(to === undefined ? [] : [`To: ${to}`]),
    `Subject: ${encodedWords(title)}`,
    `Date: ${date.toUTCString().replace("GMT", "+0000")}`,
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
