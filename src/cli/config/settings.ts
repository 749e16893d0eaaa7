import type { Environment } from "../../config/environment-reader.ts";
import { DATABASE_PARTS } from "../../config/server-urls.ts";
import { VARIABLES_BY_NAME, type Variable, type VariableName } from "../../config/variables.ts";
import { withoutSecrets } from "./without-secrets.ts";

/** A variable as it is in force. */
export interface Setting {
  readonly name: VariableName;
  /** Without secrets; null when there is none. */
  readonly value: string | null;
  /** What its number counts, an empty text where it counts nothing. */
  readonly unit: string;
  /** Where the value comes from, in words. */
  readonly from: string;
}

/** What the settings are made of. */
export interface SettingSources {
  readonly env: Environment;
  /** Where a variable that is set comes from. */
  readonly originOf: (name: string) => string;
  /** The servers of the engine that runs in this folder, if one does. */
  readonly embedded: { readonly redisUrl?: string; readonly databaseUrl?: string };
}

const NOT_USED = "not used";

/** The variables as they are in force, each with where its value comes from, secrets hidden. */
export function settingsInForce(sources: SettingSources): readonly Setting[] {
  return VARIABLES_BY_NAME.map(([name, variable]) => ({
    name,
    unit: "unit" in variable ? variable.unit : "",
    ...inForce(name, { variable, sources }),
  }));
}

function inForce(
  name: VariableName,
  { variable, sources }: { variable: Variable; sources: SettingSources },
): Pick<Setting, "value" | "from"> {
  const { env, originOf } = sources;
  const raw = env[name];
  const isIdle = isDatabasePart(name) && !usesParts(env);
  if (raw) {
    const from = originOf(name);
    return { value: shown(raw, variable), from: isIdle ? `${from}, ${NOT_USED}` : from };
  }
  if (name === "DATABASE_URL" && usesParts(env)) {
    return { value: null, from: `made of ${DATABASE_PARTS.join(", ")}` };
  }
  if (isIdle) return { value: null, from: NOT_USED };
  if (variable.kind === "url") return embeddedServer(name, sources);
  return byDefault(variable);
}

function byDefault(variable: Variable): Pick<Setting, "value" | "from"> {
  const value = "fallback" in variable ? String(variable.fallback) : null;
  const { fallbackIs } = variable;
  return { value, from: fallbackIs === undefined ? "default" : `default: ${fallbackIs}` };
}

function embeddedServer(name: VariableName, { embedded }: SettingSources) {
  const url = name === "REDIS_URL" ? embedded.redisUrl : embedded.databaseUrl;
  if (url !== undefined) return { value: withoutSecrets(url), from: "embedded server" };
  return { value: null, from: "embedded server, not running" };
}

function shown(raw: string, variable: Variable): string {
  if (variable.kind === "url") return withoutSecrets(raw);
  return "isSecret" in variable ? "***" : raw;
}

function isDatabasePart(name: string): boolean {
  return DATABASE_PARTS.some((part) => part === name);
}

function usesParts(env: Environment): boolean {
  return !env["DATABASE_URL"] && DATABASE_PARTS.some((name) => env[name]);
}
