import { type EngineConfig, readConfig } from "../../config/config.ts";
import type { Environment } from "../../config/environment-reader.ts";
import { mistypedVariables } from "../../config/mistyped-variables.ts";
import { mistypedText } from "../config/config-command.ts";
import { isUsageError } from "../servers.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "configuration";

/** Checks the variables. Returns the configuration too, if it is valid. */
export function checkConfiguration(env: Environment): {
  readonly config: EngineConfig | undefined;
  readonly findings: readonly Finding[];
} {
  const mistyped = mistypedVariables(env).map((variable) =>
    warning(ABOUT, mistypedText(variable), `Rename it to ${variable.meant}, or remove it`),
  );
  try {
    const config = readConfig(env);
    return { config, findings: [ok(ABOUT, "all variables are valid"), ...mistyped] };
  } catch (error) {
    if (!isUsageError(error)) throw error;
    const todo = "Correct the value; `queueflow config` shows where it comes from";
    const problems = error.message.split("\n").map((line) => problem(ABOUT, line, todo));
    return { config: undefined, findings: [...problems, ...mistyped] };
  }
}
