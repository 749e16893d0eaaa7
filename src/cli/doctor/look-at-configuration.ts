import { type EngineConfig, readConfig } from "../../config/config.ts";
import type { Environment } from "../../config/environment-reader.ts";
import { mistypedVariables } from "../../config/mistyped-variables.ts";
import { errorText, QueueFlowError } from "../../errors.ts";
import { mistypedText } from "../config/config-command.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const ABOUT = "configuration";

/** Looks at the variables, and answers the configuration that they make, if they make one. */
export function lookAtConfiguration(env: Environment): {
  readonly config: EngineConfig | undefined;
  readonly findings: readonly Finding[];
} {
  const mistyped = mistypedVariables(env).map((variable) =>
    warning(ABOUT, mistypedText(variable), `Rename it to ${variable.meant}, or take it away`),
  );
  try {
    const config = readConfig(env);
    const fine = ok(ABOUT, "every variable is within its range");
    return { config, findings: [fine, ...mistyped] };
  } catch (error) {
    if (!(error instanceof QueueFlowError) || error.code !== "invalid_config") throw error;
    const todo = "Correct it: `queueflow config` shows where it comes from";
    const problems = error.message.split("\n").map((line) => problem(ABOUT, errorText(line), todo));
    return { config: undefined, findings: [...problems, ...mistyped] };
  }
}
