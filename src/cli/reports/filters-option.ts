import { InvalidArgumentError } from "commander";

export function parseFiltersOption(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {}
  throw new InvalidArgumentError(
    'Expected a JSON array of filters such as [["is","visit:country",["DE"]]].',
  );
}
