import type { BuiltFile } from "../../dashboard/build/built-file.ts";
import type { StaticFile } from "../../static-file.ts";

export interface DashboardFiles {
  readonly names: Readonly<Record<"script" | "style", string>>;
  readonly byName: ReadonlyMap<string, StaticFile>;
}

let files: Promise<DashboardFiles> | undefined;

/** A bundle has them. From source, Bun builds them beside the thread when they are first needed, in half a second. */
export async function dashboardFiles(): Promise<DashboardFiles> {
  files ??= readFiles();
  files.catch(() => {
    files = undefined;
  });
  return await files;
}

async function readFiles(): Promise<DashboardFiles> {
  const { script, style } = await built();
  return {
    names: { script: script.name, style: style.name },
    byName: new Map([script, style].map((file) => [file.name, staticFileOf(file)])),
  };
}

async function built() {
  const isSource = import.meta.file === "dashboard-files.ts";
  if (!isSource) return (await import("../../dashboard/build/bundled.ts")).BUNDLED;
  const { buildDashboard } = await import("../../dashboard/build/build-dashboard.ts");
  return await buildDashboard();
}

/** The name has the hash. */
function staticFileOf({ name, mediaType, bodies }: BuiltFile): StaticFile {
  const decoded = Object.entries(bodies).map(
    ([coding, text]) => [coding, Uint8Array.fromBase64(text)] as const,
  );
  return { hash: name, mediaType, bodies: new Map(decoded) };
}
