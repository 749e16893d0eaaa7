import type { EnvironmentReader } from "./environment-reader.ts";

const PORT = 587;
const SECURE_PORT = 465;

/** The server named by SMTP_URL. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** Whether TLS begins before the first reply, as `smtps://` says. */
  readonly isSecure: boolean;
  /** Whether STARTTLS must be used, or never is. Undefined: it must, unless the server is on this machine. */
  readonly tls: "required" | "off" | undefined;
  readonly login: SmtpLogin | undefined;
}

export interface SmtpLogin {
  readonly user: string;
  readonly password: string;
}

/** Never reports the URL, which may hold a password. */
export function readSmtpServer(reader: EnvironmentReader): SmtpServer | undefined {
  const text = reader.url("SMTP_URL");
  if (text === undefined) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text);
  const isSecure = protocol === "smtps:";
  const tls = search === "?tls=required" ? "required" : search === "?tls=off" ? "off" : undefined;
  if (
    !["", "/"].includes(pathname) ||
    hash !== "" ||
    (search !== "" && tls === undefined) ||
    (isSecure && tls === "off")
  ) {
    reader.problems.push(
      "Expected SMTP_URL to end after its host and port, or for smtp:// in ?tls=required or ?tls=off, got something else; percent-encode /, ? and # of a password",
    );
  }
  const login = loginOf(username, password);
  if (login === "invalid") {
    reader.problems.push(
      "Expected SMTP_URL to have both a user and a password, percent-encoded, or neither, got something else",
    );
  }
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port) || (isSecure ? SECURE_PORT : PORT),
    isSecure,
    tls,
    login: login === "invalid" ? undefined : login,
  };
}

function loginOf(username: string, password: string): SmtpLogin | "invalid" | undefined {
  if (username === "" && password === "") return undefined;
  try {
    const login = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    return login.user === "" || login.password === "" ? "invalid" : login;
  } catch {
    return "invalid";
  }
}
