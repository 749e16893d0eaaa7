/**
 * Returns a number from the environment. An empty variable counts as absent, because a compose file sets it.
 *
 * @throws Error that states what was expected, before k6 sends anything.
 */
export function numberSetting(name: string, fallback: number): number {
  const raw = __ENV[name];
  if (raw === undefined || raw === "") return fallback;
  const value = Number(raw);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`Expected ${name} to be a number from 0, got "${raw}"`);
}

/** Returns an integer of at least 1, otherwise like `numberSetting`. */
export function countSetting(name: string, fallback: number): number {
  const value = numberSetting(name, fallback);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`Expected ${name} to be a whole number from 1, got "${value}"`);
}

/** Returns a text from the environment; an empty one counts as absent. */
export function textSetting(name: string, fallback: string): string {
  return __ENV[name] || fallback;
}
