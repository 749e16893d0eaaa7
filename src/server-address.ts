import { encodeHosts, POSTGRES_PORT } from "./postgres-hosts.ts";
import { encodeRedisNodes, redisNodesOf } from "./redis-nodes.ts";

/** libpq's name of a socket in its folder. */
export const POSTGRES_SOCKET = ".s.PGSQL.";

/** Where a server listens, for people: its host and port, or those of several servers, or its socket or the socket's folder. */
export function serverAddress(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  if (protocol === "unix:") return decodeURIComponent(pathname);
  return socketFolderOf(url) ?? (host.includes(",") ? decodeURIComponent(host) : host);
}

/** Whether a `REDIS_URL` names nodes of a Redis Cluster. */
export function isRedisCluster(url: string): boolean {
  return redisNodesOf(url)?.kind === "cluster";
}

/** Returns the URL of one Redis as redis-cli reads it, which sends an empty user name as such. Others are returned unchanged. */
export function redisCliUrl(url: string): string {
  const parsed = new URL(url);
  const isOne = parsed.protocol === "redis:" || parsed.protocol === "rediss:";
  if (!isOne || parsed.username !== "" || parsed.password === "") return url;
  parsed.username = "default";
  return parsed.href;
}

/** As `serverAddress`, followed by the database. */
export function databaseAddress(url: string): string {
  return `${serverAddress(url)}${new URL(url).pathname}`;
}

export interface RedisSocket {
  readonly path: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
}

/** Returns the parts of `unix:///path?password=…`, undefined for a URL with a host. */
export function redisSocketOf(url: string): RedisSocket | undefined {
  const { protocol, pathname, searchParams } = new URL(url);
  if (protocol !== "unix:") return undefined;
  const { username, password, db } = Object.fromEntries(searchParams);
  return {
    path: decodeURIComponent(pathname),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { db: Number(db) }),
  };
}

/** Returns the path of PostgreSQL's socket, undefined for a URL with a host name or an address. */
export function postgresSocketOf(url: string): string | undefined {
  const folder = socketFolderOf(url);
  if (folder === undefined) return undefined;
  return `${folder}/${POSTGRES_SOCKET}${new URL(url).port || POSTGRES_PORT}`;
}

export function redisSocketUrl(path: string, password: string): string {
  return `unix://${encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)}?password=${password}`;
}

/** Returns the value of a host in a URL that names the folder of PostgreSQL's socket, as libpq reads it. */
export function socketHost(folder: string): string {
  return encodeURIComponent(folder);
}

/**
 * Returns a URL that is valid for URL parsers too: Redis's `unix://user:password@/path` and libpq's
 * `postgresql://user:password@/database?host=/folder` have credentials without a host, and some URLs name several hosts. Others are
 * returned unchanged.
 */
export function parseableUrl(text: string): string {
  const [, protocol = "", credentials = "", rest = ""] =
    /^(\w+:)\/\/(?:([^/?#@]*)@)?(\/.*)$/s.exec(text) ?? [];
  if (protocol === "unix:") return credentials === "" ? text : withParameters(rest, credentials);
  const url = URL.parse(`${protocol}//${credentials === "" ? "" : `${credentials}@`}host${rest}`);
  const folder = url?.searchParams.get("host");
  if (!url || !folder?.startsWith("/")) return encodeHosts(encodeRedisNodes(text));
  const port = url.searchParams.get("port") ?? "";
  url.searchParams.delete("host");
  url.searchParams.delete("port");
  return url.href.replace(/(\/\/[^/]*)host(?=\/)/, `$1${socketHost(folder)}${port && `:${port}`}`);
}

function withParameters(rest: string, credentials: string): string {
  const [username = "", ...password] = credentials.replaceAll("+", "%2B").split(":");
  const parameters = [
    ...(username === "" ? [] : [`username=${username}`]),
    ...(password.length === 0 ? [] : [`password=${password.join("%3A")}`]),
  ];
  return `unix://${rest}${rest.includes("?") ? "&" : "?"}${parameters.join("&")}`;
}

function socketFolderOf(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  const isPostgres = protocol === "postgres:" || protocol === "postgresql:";
  return isPostgres && /^%2f/i.test(hostname) ? decodeURIComponent(hostname) : undefined;
}
