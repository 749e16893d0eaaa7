import { isNetwork } from "../access/network.ts";
import { parseableUrl, serverAddress } from "../server-address.ts";
import { type NameOfKind, VARIABLES, type VariableName } from "./variables.ts";

const HOST_NAME = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/;
/** Letters and digits of any route of the engine's own; no pattern of the router, and no folder above. */
const PATH = /^(?:\/[\w~-][\w.~-]*)+$/;
const HEADER_NAME = /^[\w-]+$/;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables by their descriptions in `VARIABLES` and collects the problems. An empty variable counts as absent. */
export class EnvironmentReader {
  readonly problems: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  isSet(name: VariableName): boolean {
    return Boolean(this.#env[name]);
  }

  text(name: NameOfKind<"text">): string | undefined {
    return this.#env[name] || undefined;
  }

  /** Separated by commas. */
  list(name: NameOfKind<"text">): readonly string[] {
    const items =
      this.text(name)
        ?.split(",")
        .map((item) => item.trim()) ?? [];
    return items.filter((item) => item !== "");
  }

  hostNames(name: NameOfKind<"text">): readonly string[] {
    const names = this.list(name).map((host) => host.toLowerCase());
    for (const host of names) {
      if (HOST_NAME.test(host)) continue;
      const expected = "host names without a port, such as stats.example.com, separated by commas";
      this.problems.push(`Expected ${name} to be ${expected}, got ${JSON.stringify(host)}`);
    }
    return names;
  }

  networks(name: NameOfKind<"text">): readonly string[] {
    const networks = this.list(name);
    for (const network of networks) {
      if (isNetwork(network)) continue;
      const expected = "addresses and networks, such as 10.0.0.0/8, separated by commas";
      this.problems.push(`Expected ${name} to be ${expected}, got ${JSON.stringify(network)}`);
    }
    return networks;
  }

  path(name: NameOfKind<"text">): string | undefined {
    const path = this.text(name);
    if (path === undefined || PATH.test(path)) return path;
    const expected = "a path such as /collect, without a slash at the end";
    this.problems.push(`Expected ${name} to be ${expected}, got ${JSON.stringify(path)}`);
    return undefined;
  }

  headerName(name: NameOfKind<"text">): string | undefined {
    const header = this.text(name);
    if (header === undefined || HEADER_NAME.test(header)) return header;
    const expected = "the name of a header, such as CF-IPCountry";
    this.problems.push(`Expected ${name} to be ${expected}, got ${JSON.stringify(header)}`);
    return undefined;
  }

  integer(name: NameOfKind<"integer">): number {
    const { min, max, fallback } = VARIABLES[name];
    const raw = this.#env[name];
    if (!raw) return fallback;
    const value = /^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN;
    if (value >= min && value <= max) return value;
    const range = `an integer from ${min} to ${max}`;
    this.problems.push(`Expected ${name} to be ${range}, got ${JSON.stringify(raw)}`);
    return fallback;
  }

  /** Returns undefined for an unset variable. */
  choice<Name extends NameOfKind<"choice">>(
    name: Name,
  ): (typeof VARIABLES)[Name]["choices"][number] | undefined {
    const { choices } = VARIABLES[name];
    const raw = this.#env[name];
    if (!raw) return undefined;
    const choice = choices.find((known) => known === raw);
    if (choice !== undefined) return choice;
    const known = choices.join(", ");
    this.problems.push(`Expected ${name} to be one of ${known}, got ${JSON.stringify(raw)}`);
    return undefined;
  }

  /** Returns the form that every URL parser reads. Never reports the value, which may hold a password. */
  url(name: NameOfKind<"url">): string | undefined {
    const raw = this.#env[name];
    if (!raw) return undefined;
    const protocols: readonly string[] = VARIABLES[name].protocols;
    const text = parseableUrl(raw);
    const url = URL.parse(text);
    if (url !== null && protocols.includes(url.protocol) && namesServer(url)) return text;
    const starts = protocols.map((protocol) => `${protocol}//`).join(" or ");
    this.problems.push(
      `Expected ${name} to be a URL with a host or a socket that starts with ${starts}, got something else`,
    );
    return undefined;
  }
}

/** Whether it has a host or, for a socket, a path instead. */
function namesServer({ protocol, href, hostname }: URL): boolean {
  try {
    const address = serverAddress(href);
    return protocol === "unix:" ? hostname === "" && address.length > 1 : hostname !== "";
  } catch {
    // Not percent-encoded.
    return false;
  }
}
