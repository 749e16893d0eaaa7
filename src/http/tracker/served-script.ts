import type { Path } from "../../paths.ts";
import { type StaticFile, staticFile } from "../../static-file.ts";

/** In the built script, once. */
export const BUILT_COLLECT_PATH: Path = "/collect";

/** Returns the script, which sends to `collectPath`. */
export function servedScript(built: string, collectPath: string): StaticFile {
  const text = built.replace(JSON.stringify(BUILT_COLLECT_PATH), JSON.stringify(collectPath));
  return staticFile(text, "text/javascript; charset=utf-8");
}
