import type { SmtpServer } from "../../config/smtp-server.ts";
import { errorText } from "../../errors.ts";
import { printable } from "../../log/printable.ts";

/** Of a certificate that was refused, in Node's words. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/;
/** By the command that failed. */
const REFUSED_AT = new Map<unknown, string>([
  ["MAIL FROM", "sender"],
  ["DATA", "mail"],
]);
const HIDDEN = "***";
const REPLY_CHARACTERS_MAX = 500;

/** As nodemailer gives it. */
interface Failure {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
}

/** The host and port, for people. */
export function smtpAddress({ host, port }: SmtpServer): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Returns why a server sends no mail, on one line and without the password, which its reply may repeat. */
export function smtpFailure(error: unknown, server: SmtpServer): string {
  const failure: Error & Failure = error instanceof Error ? error : new Error(errorText(error));
  return shownReply(reasonOf(failure, errorText(error)), server);
}

/** Returns a reply on one line and without the password. */
export function shownReply(reply: string, server: SmtpServer): string {
  const line = withoutPassword(reply, server)
    .trim()
    .replace(/\s*\n\s*/g, " ");
  return printable(line).slice(0, REPLY_CHARACTERS_MAX);
}

function reasonOf(failure: Failure, text: string): string {
  const codes = [failure.originalCode, failure.code]
    .filter((code) => typeof code === "string")
    .join(" ");
  const reply = typeof failure.response === "string" ? failure.response : text;
  if (CERTIFICATE.test(codes)) return `its certificate is not accepted: ${text}`;
  if (codes.includes("ECONNREFUSED")) return "connection refused";
  if (/ENOTFOUND|EAI_AGAIN/.test(codes)) return "its name has no address";
  switch (failure.code) {
    case "EAUTH":
      return `it refuses the user or the password of SMTP_URL: ${reply}`;
    case "ETIMEDOUT":
      return "no answer in time";
    case "ETLS":
      return `no TLS, without which nothing is sent unless SMTP_URL ends in ?tls=off: ${text}`;
    case "EENVELOPE":
      return `it refuses the ${REFUSED_AT.get(failure.command) ?? "recipient"}: ${reply}`;
    case "EMESSAGE":
      return `it refuses the mail: ${reply}`;
    default:
      return text;
  }
}

function withoutPassword(text: string, { login }: SmtpServer): string {
  if (login === undefined) return text;
  const { user, password } = login;
  const forms = [
    password,
    encodeURIComponent(password),
    Buffer.from(password).toString("base64"),
    Buffer.from(`\0${user}\0${password}`).toString("base64"),
  ];
  return forms.reduce((shown, form) => shown.replaceAll(form, HIDDEN), text);
}
