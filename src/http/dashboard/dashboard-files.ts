import { builtDashboard } from "../../dashboard/build/built.macro.ts" with { type: "macro" };
import type { BuiltFile } from "../../dashboard/build/built-file.ts";
import type { StaticFile } from "../../static-file.ts";

const { script, style } = builtDashboard();

export const DASHBOARD_NAMES = { script: script.name, style: style.name };

/** By name. */
export const DASHBOARD_FILES: ReadonlyMap<string, StaticFile> = new Map(
  [script, style].map((file) => [file.name, staticFileOf(file)]),
);

/** The name has the hash. */
function staticFileOf({ name, mediaType, bodies }: BuiltFile): StaticFile {
  const decoded = Object.entries(bodies).map(
    ([coding, text]) => [coding, Uint8Array.fromBase64(text)] as const,
  );
  return { hash: name, mediaType, bodies: new Map(decoded) };
}
