import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import { QueueFlowError } from "../errors.ts";
import { hostProblems } from "../postgres-hosts.ts";

/** Values of libpq's `target_session_attrs` that name a server that can store. */
const PRIMARY_ATTRIBUTES = ["primary", "read-write"] as const;

/** libpq's values of `sslmode` (PostgreSQL manual, "SSL Mode Descriptions"). */
const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
type SslMode = (typeof SSL_MODES)[number];

const NEGOTIATIONS = ["postgres", "direct"] as const;
const TLS_VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;
const DEMANDS_TLS: ReadonlySet<SslMode> = new Set(["require", "verify-ca", "verify-full"]);

/** Parameters of libpq that the driver would send to the server as settings, where they mean nothing. */
const UNSUPPORTED_PARAMETERS: ReadonlySet<string> = new Set([
  "channel_binding",
  "dbname",
  "gssdelegation",
  "gssencmode",
  "gsslib",
  "host",
  "hostaddr",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "load_balance_hosts",
  "passfile",
  "password",
  "port",
  "replication",
  "require_auth",
  "requirepeer",
  "requiressl",
  "service",
  "tcp_user_timeout",
  "user",
]);

/** Session settings that the engine relies on; the URL must not override them. */
const ENGINE_SETTINGS: ReadonlySet<string> = new Set([
  "application_name",
  "client_connection_check_interval",
  "client_encoding",
  "datestyle",
  "default_transaction_isolation",
  "default_transaction_read_only",
  "enable_bitmapscan",
  "enable_seqscan",
  "idle_in_transaction_session_timeout",
  "jit",
  "lock_timeout",
  "max_parallel_workers_per_gather",
  "statement_timeout",
  "synchronous_commit",
  "timezone",
  "transaction_timeout",
]);

export interface DatabaseUrl {
  /** Without the parameters that `ssl` replaces. */
  readonly url: string;
  /** False for no TLS; `prefer` for unverified TLS if the server offers it. */
  readonly ssl: false | "prefer" | ConnectionOptions;
}

/**
 * Parses a `DATABASE_URL` and the files that its TLS parameters name. Other parameters stay in the URL as session settings.
 *
 * @throws QueueFlowError `invalid_config` with every problem, one a line, without secrets.
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const url = new URL(text);
  const parameters = new ConnectionParameters(url);
  const mode = parameters.oneOf("sslmode", SSL_MODES);
  const minVersion = parameters.oneOf("ssl_min_protocol_version", TLS_VERSIONS);
  const maxVersion = parameters.oneOf("ssl_max_protocol_version", TLS_VERSIONS);
  const negotiation = parameters.oneOf("sslnegotiation", NEGOTIATIONS);
  // Only checked: of several hosts, the engine always uses the primary.
  parameters.oneOf("target_session_attrs", PRIMARY_ATTRIBUTES);
  const rootCert = parameters.take("sslrootcert");
  const isSystemStore = rootCert === "system";
  const options = defined({
    ca: parameters.file("sslrootcert", isSystemStore ? undefined : rootCert),
    cert: parameters.file("sslcert", parameters.take("sslcert")),
    key: parameters.file("sslkey", parameters.take("sslkey")),
    passphrase: parameters.take("sslpassword"),
    minVersion,
    maxVersion,
  });
  const effective = mode ?? (isSystemStore ? "verify-full" : "disable");
  // Anybody can get a certificate of a public CA, so the name must be verified too.
  if (isSystemStore && effective !== "verify-full") {
    parameters.expected("sslmode", "to be verify-full beside sslrootcert=system", mode);
  }
  if (mode === "verify-ca" && rootCert === undefined) {
    parameters.expected("sslrootcert", "to name a file beside sslmode=verify-ca", rootCert);
  }
  const hasOthers =
    rootCert !== undefined || negotiation === "direct" || Object.keys(options).length > 0;
  if (hasOthers && !DEMANDS_TLS.has(effective)) {
    parameters.expected(
      "sslmode",
      "to be require, verify-ca or verify-full beside other TLS parameters",
      mode,
    );
  }
  const problems = [...hostProblems(text), ...parameters.problems, ...unacceptableParameters(url)];
  if (problems.length > 0) throw new QueueFlowError("invalid_config", problems.join("\n"));
  // The driver reads this parameter from the URL only.
  if (negotiation === "direct") url.searchParams.set("sslnegotiation", negotiation);
  return { url: url.href, ssl: sslOf(effective, options) };
}

/** As in libpq, `require` verifies the certificate once a root certificate is given. */
function sslOf(mode: SslMode, options: ConnectionOptions): DatabaseUrl["ssl"] {
  switch (mode) {
    case "disable":
      return false;
    case "allow":
    case "prefer":
      return "prefer";
    case "require":
      return options.ca === undefined
        ? { ...options, rejectUnauthorized: false }
        : { ...options, checkServerIdentity: () => undefined };
    case "verify-ca":
      return { ...options, checkServerIdentity: () => undefined };
    case "verify-full":
      return options;
  }
}

class ConnectionParameters {
  readonly problems: string[] = [];
  readonly #parameters: URLSearchParams;

  constructor({ searchParams }: URL) {
    this.#parameters = searchParams;
  }

  take(name: string): string | undefined {
    const values = this.#parameters.getAll(name);
    this.#parameters.delete(name);
    if (values.length > 1) this.expected(name, "at most once", `${values.length} times`);
    return values.at(-1);
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.take(name);
    const choice = choices.find((known) => known === value);
    if (value !== undefined && choice === undefined) {
      this.expected(name, `to be one of ${choices.join(", ")}`, value);
    }
    return choice;
  }

  file(name: string, path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "an error";
      this.expected(name, "to be a file that can be read", `${code} for ${path}`);
      return undefined;
    }
  }

  expected(name: string, what: string, got: string | undefined): void {
    this.problems.push(`Expected ${name} in DATABASE_URL ${what}, got ${got ?? "none"}`);
  }
}

/** Returns a problem for each parameter that would have no effect or would weaken a promise. */
function unacceptableParameters({ searchParams }: URL): readonly string[] {
  const names = new Set([...searchParams.keys()].map((name) => name.toLowerCase()));
  // `options` can carry settings too, as `-c name=value` or `--name=value`.
  const inOptions = searchParams.get("options")?.toLowerCase().replaceAll("-", "_") ?? "";
  const set = [...ENGINE_SETTINGS].filter(
    (name) => names.has(name) || new RegExp(`(^|_c|__|\\s)\\s*${name}\\s*=`).test(inOptions),
  );
  const unsupported = [...names].filter(
    (name) => UNSUPPORTED_PARAMETERS.has(name) || name.startsWith("ssl"),
  );
  return [
    ...unsupported.map((name) => `DATABASE_URL has ${name}, which the engine does not support`),
    ...set.map((name) => `DATABASE_URL sets ${name}, which the engine sets itself`),
  ];
}

function defined(options: Record<string, string | undefined>): ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
