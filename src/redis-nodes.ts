import { isIPv6 } from "node:net";

/** Sentinels or nodes of a cluster in one `REDIS_URL`, `redis+sentinel://s1:26379,s2:26379/mymaster` or `redis+cluster://n1,n2`. */

export interface RedisAddress {
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

interface NodesBase {
  readonly nodes: readonly RedisAddress[];
  readonly hasTls: boolean;
  /** Of the servers that hold the stream. */
  readonly credentials: Credentials;
}

export interface SentinelUrl extends NodesBase {
  readonly kind: "sentinel";
  readonly master: string;
  readonly database: number;
  /** Those of the servers, unless the URL has others. Sent only to a sentinel that asks for them. */
  readonly sentinelCredentials: Credentials;
}

export interface ClusterUrl extends NodesBase {
  readonly kind: "cluster";
}

export type RedisNodes = SentinelUrl | ClusterUrl;

/** In the order of the documentation. */
export const SEVERAL_NODES = [
  "redis+sentinel:",
  "rediss+sentinel:",
  "redis+cluster:",
  "rediss+cluster:",
] as const;

const SENTINEL_PARAMETERS: readonly string[] = ["sentinel_username", "sentinel_password"];
const PORTS = { sentinel: 26_379, cluster: 6_379 } as const;
const PORT_MAX = 65_535;
/** Sentinel's own rule. */
const MASTER_NAME = /^[\w.-]+$/;

/** Returns the nodes that a `REDIS_URL` names, undefined for the URL of one server. */
export function redisNodesOf(href: string): RedisNodes | undefined {
  const url = new URL(href);
  const kind = kindOf(url);
  if (kind === undefined) return undefined;
  const { username, password, searchParams } = url;
  const credentials = credentialsOf(username, password);
  const base = {
    nodes: nodesIn(url, PORTS[kind]),
    hasTls: url.protocol.startsWith("rediss"),
    credentials,
  };
  if (kind === "cluster") return { kind, ...base };
  const [master = "", database] = pathOf(url);
  const own = credentialsOf(
    encodeURIComponent(searchParams.get("sentinel_username") ?? ""),
    encodeURIComponent(searchParams.get("sentinel_password") ?? ""),
  );
  return {
    kind,
    ...base,
    master,
    database: Number(database ?? 0),
    sentinelCredentials: own.password === undefined ? credentials : own,
  };
}

/** A URL has one port, so the colons of several nodes are percent-encoded for URL parsers. Other URLs are returned unchanged. */
export function encodeRedisNodes(text: string): string {
  const [, start, nodes = "", rest = ""] =
    /^(rediss?\+(?:sentinel|cluster):\/\/(?:[^/?#]*@)?)([^/?#@]*,[^/?#@]*)(.*)$/is.exec(text) ?? [];
  if (start === undefined) return text;
  return `${start}${nodes.replaceAll(/[:[\]]/g, encodeURIComponent)}${rest}`;
}

/** Returns the problems of such a URL, one sentence each, without its secrets. */
export function redisNodesProblems(url: URL): readonly string[] {
  const kind = kindOf(url);
  if (kind === undefined) return [];
  // A password that is not percent-encoded spills into what follows it.
  if (/@/.test(`${url.pathname}${url.search}${url.hash}`)) {
    return [
      "Expected the user and the password in REDIS_URL to be percent-encoded, got an @ after the host",
    ];
  }
  const problems = nodesIn(url, PORTS[kind])
    .filter(({ host, port }) => !isHost(host) || port < 1 || port > PORT_MAX)
    .map(
      ({ host, port }) =>
        `Expected each node in REDIS_URL to be a name or an address with a port up to ${PORT_MAX}, got ${JSON.stringify(`${host}:${port}`)}`,
    );
  problems.push(...pathProblems(kind, url));
  const known = kind === "sentinel" ? SENTINEL_PARAMETERS : [];
  for (const name of new Set(url.searchParams.keys())) {
    if (known.includes(name)) continue;
    const expected =
      known.length === 0
        ? "REDIS_URL to have no parameters"
        : `the parameters of REDIS_URL to be among ${known.join(", ")}`;
    const sentence = `Expected ${expected}, got ${name}`;
    problems.push(/tls|ssl/i.test(name) ? `${sentence}; for TLS use rediss+${kind}://` : sentence);
  }
  return problems;
}

function pathProblems(kind: RedisNodes["kind"], url: URL): readonly string[] {
  const parts = pathOf(url);
  if (kind === "cluster") {
    const isPlain = parts.length === 0 || (parts.length === 1 && parts[0] === "0");
    return isPlain
      ? []
      : ["Expected REDIS_URL to have no path, since a Redis Cluster has only database 0, got one"];
  }
  const [master, database, ...rest] = parts;
  const expected =
    "the path of REDIS_URL to name the sentinels' master, such as /mymaster or /mymaster/0";
  if (master === undefined) return [`Expected ${expected}, got none`];
  const isRight = MASTER_NAME.test(master) && /^\d*$/.test(database ?? "") && rest.length === 0;
  return isRight ? [] : [`Expected ${expected}, got something else`];
}

function kindOf({ protocol }: URL): RedisNodes["kind"] | undefined {
  if (!SEVERAL_NODES.some((known) => known === protocol)) return undefined;
  return protocol.endsWith("sentinel:") ? "sentinel" : "cluster";
}

function pathOf({ pathname }: URL): readonly string[] {
  return pathname.split("/").filter((part) => part !== "");
}

function nodesIn({ host }: URL, defaultPort: number): readonly RedisAddress[] {
  return host.split(",").map((part) => {
    const [, name = "", port] = /^(.*?)(?::(\d+))?$/s.exec(decodeURIComponent(part)) ?? [];
    return {
      host: name.replaceAll(/^\[|\]$/g, ""),
      port: port === undefined ? defaultPort : Number(port),
    };
  });
}

function credentialsOf(username: string, password: string): Credentials {
  return {
    username: username === "" ? undefined : decodeURIComponent(username),
    password: password === "" ? undefined : decodeURIComponent(password),
  };
}

function isHost(text: string): boolean {
  return /^[\w.-]+$/.test(text) || isIPv6(text);
}
