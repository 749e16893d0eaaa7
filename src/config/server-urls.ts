import { isIPv6 } from "node:net";
import { QueueFlowError } from "../errors.ts";
import { redisNodesOf, redisNodesProblems } from "../redis-nodes.ts";
import { socketHost } from "../server-address.ts";
import { parseDatabaseUrl } from "./database-url.ts";
import type { EnvironmentReader } from "./environment-reader.ts";
import { VARIABLES } from "./variables.ts";

export const DATABASE_PARTS = [
  "PG_HOST",
  "PG_PORT",
  "POSTGRES_USER",
  "POSTGRES_PASSWORD",
  "POSTGRES_DB",
] as const;

/** Parameters that ioredis may take from the URL; any other could override a deadline or a queue limit. */
const REDIS_PARAMETERS: readonly string[] = ["db", "family", "password", "username"];

/** Returns `REDIS_URL`, with `REDIS_PASSWORD` unless it contains a password. */
export function readRedisUrl(reader: EnvironmentReader): string | undefined {
  const text = reader.url("REDIS_URL");
  const password = reader.text("REDIS_PASSWORD");
  if (text === undefined) return undefined;
  const url = new URL(text);
  reader.problems.push(...redisUrlProblems(url));
  if (password === undefined || hasPassword(url)) return text;
  if (url.hostname === "") url.searchParams.set("password", password);
  else url.password = encodeURIComponent(password);
  return url.href;
}

/** Whether a `REDIS_URL` leaves no use for `REDIS_PASSWORD`. */
export function hasPassword({ password, searchParams }: URL): boolean {
  return password !== "" || searchParams.has("password");
}

/** Returns `DATABASE_URL`, or a URL of `DATABASE_PARTS` if any is set. */
export function readDatabaseUrl(reader: EnvironmentReader): string | undefined {
  const url = reader.url("DATABASE_URL");
  if (url === undefined) return urlOfParts(reader);
  try {
    parseDatabaseUrl(url);
  } catch (error) {
    if (!(error instanceof QueueFlowError)) throw error;
    reader.problems.push(...error.message.split("\n"));
  }
  return url;
}

/** Returns the problems of a `REDIS_URL`, one sentence each, without its secrets. */
export function redisUrlProblems(url: URL): readonly string[] {
  if (redisNodesOf(url.href) !== undefined) return redisNodesProblems(url);
  const { protocol, pathname, searchParams } = url;
  const problems: string[] = [];
  const isSocket = protocol === "unix:";
  const [place, database] = isSocket
    ? ["parameter db", searchParams.get("db") ?? ""]
    : ["path", pathname.replace(/^\//, "")];
  if (!/^\d*$/.test(database)) {
    const sample = isSocket ? "0" : "/0";
    problems.push(
      `Expected the ${place} of REDIS_URL to be a database number, such as ${sample}, got something else`,
    );
  }
  for (const name of new Set(searchParams.keys())) {
    if (REDIS_PARAMETERS.includes(name)) continue;
    const known = REDIS_PARAMETERS.join(", ");
    const sentence = `Expected the parameters of REDIS_URL to be among ${known}, got ${name}`;
    problems.push(/tls|ssl/i.test(name) ? `${sentence}; for TLS use rediss://` : sentence);
  }
  return problems;
}

function urlOfParts(reader: EnvironmentReader): string | undefined {
  if (DATABASE_PARTS.every((name) => !reader.isSet(name))) return undefined;
  const host = reader.text("PG_HOST") ?? VARIABLES.PG_HOST.fallback;
  const port = reader.integer("PG_PORT");
  if (!isIPv6(host) && !/^([\w.-]+|\/.*)$/.test(host)) {
    const expected = "a host name, an address or the folder of a socket";
    reader.problems.push(`Expected PG_HOST to be ${expected}, got ${JSON.stringify(host)}`);
    return undefined;
  }
  const user = reader.text("POSTGRES_USER") ?? VARIABLES.POSTGRES_USER.fallback;
  const database = reader.text("POSTGRES_DB") ?? user;
  const password = reader.text("POSTGRES_PASSWORD");
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  const authority = `${encodeURIComponent(user)}${secret}@${isIPv6(host) ? `[${host}]` : socketHost(host)}`;
  return `postgres://${authority}:${port}/${encodeURIComponent(database)}`;
}
