import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DATA_DIR, defaultApiHost } from "../../config/config.ts";
import type { Environment } from "../../config/environment-reader.ts";
import { DATABASE_PARTS, hasPassword } from "../../config/server-urls.ts";
import { VARIABLES_BY_NAME, type Variable, type VariableName } from "../../config/variables.ts";
import { findEmbedded } from "../../embedded/find-embedded.ts";
import { parseableUrl } from "../../server-address.ts";
import type { Shell } from "../shell.ts";

const HIDDEN = "***";
const SECRET_PARAMETER = /pass|secret|token|key/i;
const NOT_USED = "not used";
/** The environment that a process was started with, before Bun added the variables of files. Linux only. */
const START_ENVIRONMENT = "/proc/self/environ";

export interface Setting {
  readonly name: VariableName;
  /** Without secrets; null when there is none. */
  readonly value: string | null;
  /** The unit of a number, or an empty string. */
  readonly unit: string;
  readonly from: string;
}

type ValueAndSource = Pick<Setting, "value" | "from">;

export interface SettingSources {
  readonly env: Environment;
  /** Returns where a variable that is set comes from. */
  readonly originOf: (name: string) => string;
  readonly embedded: { readonly redisUrl?: string; readonly databaseUrl?: string };
}

/** Reads the settings that an engine started in this shell would use. */
export function effectiveSettings({ env, folder }: Pick<Shell, "env" | "folder">) {
  return settingsFrom({
    env,
    originOf: originsIn(folder, env),
    embedded: findEmbedded(join(folder, DATA_DIR)) ?? {},
  });
}

/** Returns all variables with their values in force, secrets hidden. */
export function settingsFrom(sources: SettingSources): readonly Setting[] {
  return VARIABLES_BY_NAME.map(([name, variable]) => ({
    name,
    unit: "unit" in variable ? variable.unit : "",
    ...valueOf(name, variable, sources),
  }));
}

function valueOf(name: VariableName, variable: Variable, sources: SettingSources): ValueAndSource {
  const { env, originOf } = sources;
  const raw = env[name];
  const usesParts = !env["DATABASE_URL"] && DATABASE_PARTS.some((part) => env[part]);
  const isUnused =
    name === "REDIS_PASSWORD"
      ? !usesRedisPassword(env["REDIS_URL"])
      : !usesParts && DATABASE_PARTS.some((part) => part === name);
  if (raw) {
    const from = originOf(name);
    return { value: shown(raw, variable), from: isUnused ? `${from}, ${NOT_USED}` : from };
  }
  if (name === "DATABASE_URL" && usesParts) {
    return { value: null, from: `composed from ${DATABASE_PARTS.join(", ")}` };
  }
  if (isUnused) return { value: null, from: NOT_USED };
  if (name === "API_HOST") return apiHost(sources, usesParts);
  const isEmbedded = name === "REDIS_URL" || name === "DATABASE_URL";
  return isEmbedded ? embeddedServer(name, sources) : defaultOf(variable);
}

function apiHost({ env }: SettingSources, usesParts: boolean): ValueAndSource {
  const redisUrl = env["REDIS_URL"] || undefined;
  const databaseUrl = env["DATABASE_URL"] || (usesParts ? "composed" : undefined);
  return { value: defaultApiHost({ redisUrl, databaseUrl }), from: "default" };
}

function usesRedisPassword(redisUrl: string | undefined): boolean {
  const url = URL.parse(parseableUrl(redisUrl ?? ""));
  return url !== null && !hasPassword(url);
}

function defaultOf(variable: Variable): ValueAndSource {
  const value = "fallback" in variable ? String(variable.fallback) : null;
  const { fallbackIs } = variable;
  return { value, from: fallbackIs === undefined ? "default" : `default: ${fallbackIs}` };
}

function embeddedServer(
  name: "REDIS_URL" | "DATABASE_URL",
  { embedded }: SettingSources,
): ValueAndSource {
  const url = name === "REDIS_URL" ? embedded.redisUrl : embedded.databaseUrl;
  if (url !== undefined) return { value: withoutSecrets(url), from: "embedded server" };
  return { value: null, from: "embedded server, not running" };
}

function shown(raw: string, variable: Variable): string {
  if (variable.kind === "url") return withoutSecrets(raw);
  return "isSecret" in variable ? HIDDEN : raw;
}

/**
 * Hides the password of a URL and the parameters that look secret. Hides text that is no URL, or whose password may
 * have spilled into the path, completely.
 */
function withoutSecrets(text: string): string {
  const url = URL.parse(parseableUrl(text));
  if (url === null || `${url.pathname}${url.search}${url.hash}`.includes("@")) return HIDDEN;
  if (url.password !== "") url.password = HIDDEN;
  for (const name of url.searchParams.keys()) {
    if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, HIDDEN);
  }
  return url.href;
}

/**
 * Returns a function that tells where a variable comes from: "environment", or the name of a `.env` file in the folder.
 * Where the start environment cannot be read, a variable that is in a file is attributed to that file.
 */
export function originsIn(folder: string, env: Environment): (name: string) => string {
  const atStart = namesAtStart();
  const files = envFiles(env["NODE_ENV"] || "development").map((file) => ({
    file,
    names: namesIn(join(folder, file)),
  }));
  return (name) => {
    if (atStart?.has(name)) return "environment";
    return files.find(({ names }) => names.has(name))?.file ?? "environment";
  };
}

/** The files that Bun reads by itself, in order of precedence. */
function envFiles(mode: string): readonly string[] {
  return [`.env.${mode}.local`, ".env.local", `.env.${mode}`, ".env"];
}

function namesAtStart(): ReadonlySet<string> | undefined {
  if (!existsSync(START_ENVIRONMENT)) return undefined;
  const pairs = readFileSync(START_ENVIRONMENT, "utf8").split("\0");
  return new Set(pairs.map((pair) => pair.slice(0, Math.max(0, pair.indexOf("=")))));
}

function namesIn(path: string): ReadonlySet<string> {
  if (!existsSync(path)) return new Set();
  const lines = readFileSync(path, "utf8").matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm);
  return new Set(Array.from(lines, ([, name = ""]) => name));
}
