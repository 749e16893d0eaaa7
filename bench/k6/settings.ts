import { test } from "k6/execution";
import { mistypedSettings } from "./mistyped.ts";
import { type Kind, SETTINGS, type SettingName } from "./setting-kinds.ts";

/** Missing in k6's types. */
declare const console: { readonly warn: (message: string) => void };

const used = new Set<SettingName>();

/**
 * Returns a setting from the environment. An empty variable counts as absent, because a compose file sets it. Ends the run with
 * exit code 108, before k6 sends anything, if the variable is invalid.
 */
export function setting<Value>(name: SettingName, kind: Kind<Value>, fallback: Value): Value {
  used.add(name);
  const text = __ENV[name];
  if (text === undefined || text === "") return fallback;
  const value = kind.read(text);
  if (value === undefined) refuse(`Expected ${name} to be ${kind.expected}, got "${text}"`);
  return value ?? fallback;
}

/** Ends the run with exit code 108 and a message. Code after it does not run. */
export function refuse(message: string): void {
  test.abort(message);
}

/** Refuses variables with mistyped names, and warns of settings that the script does not read. */
export function checkNames(script: string): void {
  const [mistyped] = mistypedSettings(__ENV);
  if (mistyped !== undefined) {
    const { name, meant } = mistyped;
    refuse(`There is no setting ${name}. Rename it to ${meant}, or unset it`);
  }
  for (const name of SETTINGS) {
    if (__ENV[name] && !used.has(name)) console.warn(`${script} does not use ${name}`);
  }
}
